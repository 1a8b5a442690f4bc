import type { Callflow } from '../../lib/callflows/callflow.ts'
import { dataText, type FlowNode, nameOf } from '../../lib/callflows/flow.ts'

/** In code points. */
export const maxLabelLength = 60

// Controls would move the cursor of a terminal, format characters turn the direction of writing,
// and half a surrogate pair can't be written as UTF-8.
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu

/** One visible line of at most `maxLabelLength` code points: what can't be seen is written `\u{1b}`. */
export function labelOf(text: string): string {
  const shown = [...text.slice(0, 2 * maxLabelLength + 2)]
  const cut = shown.length > maxLabelLength ? [...shown.slice(0, maxLabelLength - 1), '…'] : shown
  return visibleText(cut.join(''))
}

/** The text with what can't be seen, or would steer a terminal, written `\u{1b}`. */
export function visibleText(text: string): string {
  return text.replaceAll(invisible, (found) => `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`)
}

/** The name of a callflow, or its id when it has none. */
export function titleOf(callflow: Callflow): string {
  return labelOf(nameOf(callflow) ?? callflow.id)
}

/** What tells a node best from others of its module: its name and its id, as far as it has them. */
export function detailsOf(node: FlowNode): string[] {
  return [dataText(node, 'name'), dataText(node, 'id')].flatMap((text) =>
    text === undefined || text === '' ? [] : [labelOf(text)],
  )
}
