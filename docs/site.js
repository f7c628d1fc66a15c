// What mdBook's pages lack for the keyboard: code and tables wider than the page can be scrolled, and the button that
// hides the table of contents is one.
for (const each of document.querySelectorAll('pre > code, .table-wrapper')) each.tabIndex = 0

const toggle = document.getElementById('mdbook-sidebar-toggle')
if (toggle) {
  toggle.setAttribute('role', 'button')
  toggle.tabIndex = 0
  toggle.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return
    event.preventDefault()
    toggle.click()
  })
}
