fn main() {
    println!("{}", greeting::greeting("world"));
}
