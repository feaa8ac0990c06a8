//! stub
#[derive(Debug)]
pub struct LinkKeys;
pub fn link(_u: &str, _t: &str) -> String {
    String::new()
}
pub fn token(_k: &LinkKeys, _n: i64) -> String {
    String::new()
}
pub fn return_path(_k: &LinkKeys, _n: i64, _f: &str) -> String {
    String::new()
}
