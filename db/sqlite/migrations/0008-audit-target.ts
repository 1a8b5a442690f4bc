/** Nobody asks for the rows of a target alone, and the index cost every change a page. */
export const auditTarget = `
DROP INDEX audit_of_target;
`
