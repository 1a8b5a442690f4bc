/** Whether a header of entity tags, If-Match or If-None-Match, names this revision; `*` names every one. */
export function namesRevision(header: string, revision: string): boolean {
  if (header === '') {
    return false
  }
  const tags = header.split(',').map((tag) => tag.trim())
  return tags.some((tag) => tag === '*' || tagValue(tag) === revision)
}

/** A star in quotes is a tag like any other. */
function tagValue(tag: string): string {
  return tag.replace(/^W\//, '').replace(/^"(.*)"$/, '$1')
}
