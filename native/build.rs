//! Link settings: what Node needs of an addon, and the wrapper around `bind` (src/port.rs).

fn main() {
    napi_build::setup();
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo:rustc-link-arg=-Wl,--wrap=bind");
    }
}
