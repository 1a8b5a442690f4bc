import { spawnSync } from 'node:child_process'

/** An interpreter of Python that has a package; undefined when this machine has none. */
export function pythonWith(name: string): string | undefined {
  return ['/usr/bin/python3', 'python3'].find(
    (python) => spawnSync(python, ['-c', `import ${name}`]).status === 0,
  )
}
