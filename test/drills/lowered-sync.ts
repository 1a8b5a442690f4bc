import Database from 'better-sqlite3'

// Loaded into a server before its program, which has no such setting: what it then does is what it would
// do if somebody lowered it.

const pragma = Database.prototype.pragma
Database.prototype.pragma = function (source, options) {
  return pragma.call(this, source.replace('synchronous = FULL', 'synchronous = NORMAL'), options)
}
