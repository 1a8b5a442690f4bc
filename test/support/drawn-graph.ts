import { SaxesParser } from 'saxes'

/** A node or an edge of a graph as Graphviz has drawn it. */
export type DrawnPart = {
  /** `n1`, or `n0->n1`. */
  readonly title: string
  readonly lines: readonly string[]
  /** Of the text as its font writes it, and of what is drawn around it. */
  readonly textWidth: number
  readonly width: number
  readonly dashed: boolean
  readonly stroke: string | undefined
}

export type DrawnGraph = {
  readonly nodes: readonly DrawnPart[]
  readonly edges: readonly DrawnPart[]
  /** Of all elements, each once. */
  readonly elements: readonly string[]
  readonly attributes: readonly string[]
}

type Part = { -readonly [Key in keyof DrawnPart]: DrawnPart[Key] } & { lines: string[] }

/** What an SVG picture shows, read by an XML parser that is not ours. */
export function drawnGraph(svg: string): DrawnGraph {
  const nodes: Part[] = []
  const edges: Part[] = []
  const elements = new Set<string>()
  const attributes = new Set<string>()
  let part: Part | undefined
  let text = ''
  let isFixedWidth = false
  let size = 0
  const parser = new SaxesParser({ xmlns: false })
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes: given }) => {
    elements.add(name)
    for (const key of Object.keys(given)) {
      attributes.add(key)
    }
    text = ''
    if (given.class === 'node' || given.class === 'edge') {
      part = { title: '', lines: [], textWidth: 0, width: 0, dashed: false, stroke: undefined }
      ;(given.class === 'node' ? nodes : edges).push(part)
    } else if (part !== undefined && /^(polygon|ellipse|path)$/.test(name)) {
      part.dashed ||= given['stroke-dasharray'] !== undefined
      part.stroke ??= given.stroke
      part.width ||= widthOf(given)
    } else if (part !== undefined && name === 'text') {
      isFixedWidth = /monospace$/.test(String(given['font-family']))
      size = Number(given['font-size'])
    }
  })
  parser.on('text', (more) => {
    text += more
  })
  parser.on('closetag', ({ name }) => {
    if (part !== undefined && name === 'title') {
      part.title = text
    } else if (part !== undefined && name === 'text') {
      part.lines.push(part.title.includes('->') ? text.replace(/^ | $/g, '') : text)
      const width = isFixedWidth ? [...text].length * size * fixedWidth : Number.POSITIVE_INFINITY
      part.textWidth = Math.max(part.textWidth, width)
    }
  })
  parser.write(svg).close()
  return { nodes, edges, elements: [...elements], attributes: [...attributes] }
}

/** Of a character, in the height of its font: 0.6 in all faces that are used. */
const fixedWidth = 0.6

function widthOf(given: Readonly<Record<string, unknown>>): number {
  const corners = String(given.points ?? '').split(' ')
  const across = corners.map((corner) => Number(corner.split(',')[0]))
  return given.points === undefined
    ? 2 * Number(given.rx)
    : Math.max(...across) - Math.min(...across)
}
