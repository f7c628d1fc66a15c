fn main() {
    println!("{}", greeting("world"));
}

fn greeting(name: &str) -> String {
    format!("Hello, {name}!")
}

#[cfg(test)]
mod tests {
    #[test]
    fn greets_by_name() {
        assert_eq!(super::greeting("Nix"), "Hello, Nix!");
    }
}
