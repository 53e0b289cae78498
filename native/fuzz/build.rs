//! The wrapper around `bind` (../src/port.rs) is linked in here, too.

fn main() {
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo:rustc-link-arg=-Wl,--wrap=bind");
    }
}
