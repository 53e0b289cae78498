//! What one packet costs on its way, without the system calls: `npm run bench -- --rows lookup`, or `cargo bench` for
//! all of it (CONTRIBUTING.md has the command).
#![allow(clippy::expect_used)]

mod fragment;
mod lookup;
mod offload;
mod samples;
mod seal;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    benches,
    lookup::lookup,
    fragment::fragment,
    offload::split,
    offload::coalesce,
    seal::seal,
    seal::open
);
criterion_main!(benches);
