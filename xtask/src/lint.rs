//! `cargo xtask lint`: what a reviewer should never have to say.

use anyhow::Result;

use crate::{guide, sh, tidy};

/// Formatting, clippy, documentation, the guide as HTML, then the rules of the house.
pub(crate) fn run() -> Result<()> {
    sh::run(&mut sh::cargo(&["fmt", "--all", "--check"]))?;
    sh::run(&mut sh::cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    sh::run(
        sh::cargo(&["doc", "--workspace", "--no-deps", "--document-private-items"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )?;
    if sh::present("cargo-deny", "--version") {
        sh::run(&mut sh::cargo(&["deny", "check", "bans", "licenses", "sources"]))?;
    } else {
        eprintln!("SKIPPED: cargo deny: not on this machine (`cargo install cargo-deny`)");
    }
    guide::html()?;
    tidy::run()
}
