//! Link settings Node needs of an addon.

fn main() {
    napi_build::setup();
}
