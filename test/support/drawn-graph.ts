import { SaxesParser } from 'saxes'

/** A node or an edge of a graph as Graphviz has drawn it. */
export type DrawnPart = {
  /** `n1`, or `n0->n1`. */
  readonly title: string
  readonly lines: readonly string[]
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
      part = { title: '', lines: [], dashed: false, stroke: undefined }
      ;(given.class === 'node' ? nodes : edges).push(part)
    } else if (part !== undefined && /^(polygon|ellipse|path)$/.test(name)) {
      part.dashed ||= given['stroke-dasharray'] !== undefined
      part.stroke ??= given.stroke
    }
  })
  parser.on('text', (more) => {
    text += more
  })
  parser.on('closetag', ({ name }) => {
    if (part !== undefined && name === 'title') {
      part.title = text
    } else if (part !== undefined && name === 'text') {
      part.lines.push(text)
    }
  })
  parser.write(svg).close()
  return { nodes, edges, elements: [...elements], attributes: [...attributes] }
}
