import { globSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'

/** A source file by its path from the root of the repository. */
export type Source = { path: string; text: string; code: string; imports: Import[] }

export type Import = {
  /** As written; empty when it is computed. */
  specifier: string
  /** The file of ours that it names, from the root; empty for a package. */
  path: string
  /** The package or Node module that it names, without subpath; empty for a file. */
  packageName: string
  typeOnly: boolean
}

export const root = join(import.meta.dirname, '../..')

export function readSources(): Source[] {
  return globSync('{lib,routes,serializers,db,fixtures,test}/**/*.{ts,mts,js,mjs}', { cwd: root })
    .sort()
    .map((path) => sourceOf(path, readFileSync(join(root, path), 'utf8')))
}

export function sourceOf(path: string, text: string): Source {
  const code = withoutComments(text)
  return { path, text, code, imports: [...staticImports(path, code), ...calledImports(path, code)] }
}

function withoutComments(text: string): string {
  return text.replace(/(?<=^|\s)(\/\*[\s\S]*?\*\/|\/\/.*$)/gm, '')
}

function staticImports(file: string, code: string): Import[] {
  const statement = /^\s*(?:import|export)\s+(type\s)?(?:[\w$*{},\s]+?\sfrom\s+)?(['"])([^'"]+)\2/gm
  return [...code.matchAll(statement)].map(([, type, , specifier = '']) =>
    importOf(file, specifier, type !== undefined),
  )
}

function calledImports(file: string, code: string): Import[] {
  const call = /\b(?:import|require)\s*\(\s*(?:(['"`])([^'"`$]+)\1\s*[,)])?/g
  return [...code.matchAll(call)].map(([, , specifier = '']) => importOf(file, specifier, false))
}

function importOf(file: string, specifier: string, typeOnly: boolean): Import {
  const isFile = specifier.startsWith('.')
  return {
    specifier,
    path: isFile ? join(dirname(file), specifier) : '',
    packageName: isFile ? '' : packageOf(specifier),
    typeOnly,
  }
}

function packageOf(specifier: string): string {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
  return isBuiltin(name) && !name.startsWith('node:') ? `node:${name}` : name
}
