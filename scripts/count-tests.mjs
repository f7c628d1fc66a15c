// count-tests.mjs REPORT STATUS: prints `N passed, N failed, N skipped` from vitest's JSON report, and exits with 1 if
// anything failed. What fails without being a test (a file that does not load, an error outside of tests, a runner that
// died: STATUS is its exit code) counts as failed, too.
import { existsSync, readFileSync } from 'node:fs'

const [reportPath, status] = process.argv.slice(2)
const report = existsSync(reportPath) ? JSON.parse(readFileSync(reportPath, 'utf8')) : { testResults: [] }

const tests = report.testResults.flatMap((file) => file.assertionResults)
const count = (...states) => tests.filter((test) => states.includes(test.status)).length
const unloaded = report.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
)

const passed = count('passed')
const skipped = count('skipped', 'pending', 'todo', 'disabled')
let failed = tests.length - passed - skipped + unloaded.length
if (failed === 0 && status !== '0') failed = 1

console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = failed === 0 ? 0 : 1
