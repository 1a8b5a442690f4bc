/** Whether a header of entity tags, If-Match or If-None-Match, names this revision; `*` names every one. */
export function namesRevision(header: string, revision: string): boolean {
  return header.split(',').some((tag) => ['*', revision].includes(tagValue(tag)))
}

function tagValue(tag: string): string {
  return tag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1')
}
