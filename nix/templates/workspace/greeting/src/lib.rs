/// Greets someone.
///
/// ```
/// assert_eq!(greeting::greeting("world"), "Hello, world!");
/// ```
pub fn greeting(name: &str) -> String {
    format!("Hello, {name}!")
}
