/** Cargo 1.99 and later, and so we, compile without `incremental` if this is set; the installed cargo may be older. */
delete process.env['CI']
