export const names = `
CREATE INDEX accounts_by_name ON accounts (friendly_name, sid);
`
