import { text } from 'node:stream/consumers'

// Reads what `npm audit --json` says and ends with 1 for a fault that is published. A registry that
// answers no such question is told of and fails nothing: it says nothing about the packages.

type Report = {
  readonly metadata?: { readonly vulnerabilities: { readonly total: number } }
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string }>>
  readonly message?: string
}

const report: Report = JSON.parse(await text(process.stdin))
if (report.metadata === undefined) {
  console.log(`npm audit: not done, the registry gave no answer (${report.message ?? 'no reason'})`)
} else {
  const found = Object.entries(report.vulnerabilities ?? {})
  const { total } = report.metadata.vulnerabilities
  console.log(`npm audit: ${total} packages with a published fault`)
  console.log(found.map(([name, { severity }]) => `  ${name}: ${severity}\n`).join(''))
  process.exitCode = total === 0 ? 0 : 1
}
