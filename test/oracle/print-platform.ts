/** Platforms of `[target.…]` tables as text. */
import type { CfgExpr, Platform } from '../../src/cargo/ids/cfg-expr.ts'

/** Cargo's spelling of a platform; parsing it gives the platform back. */
export function printPlatform(platform: Platform): string {
  return platform.kind === 'target' ? platform.name : `cfg(${printCfgExpr(platform.expr)})`
}

function printCfgExpr(expr: CfgExpr): string {
  switch (expr.kind) {
    case 'true':
    case 'false':
      return expr.kind
    case 'not':
      return `not(${printCfgExpr(expr.operand)})`
    case 'all':
    case 'any':
      return `${expr.kind}(${expr.operands.map(printCfgExpr).join(', ')})`
    case 'name':
      return `${expr.raw ? 'r#' : ''}${expr.name}`
    case 'value':
      return `${expr.raw ? 'r#' : ''}${expr.key} = "${expr.value}"`
  }
}
