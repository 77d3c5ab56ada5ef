//! `cargo xtask guide`: the user's guide. That it is current, whole and true is held by tests, which need
//! nothing but cargo; the HTML is built where mdBook is on the machine, and where it is not, that is said.

use anyhow::Result;

use crate::sh;

/// Checks the guide and builds its HTML.
pub(crate) fn run() -> Result<()> {
    sh::run(&mut sh::cargo(&["test", "--quiet", "--package", "mizzen", "--test", "guide"]))?;
    html()
}

/// Builds the HTML into `target/guide`.
pub(crate) fn html() -> Result<()> {
    if !sh::present("mdbook", "--version") {
        eprintln!(
            "SKIPPED: the guide as HTML was not built: no mdbook on this machine (`cargo install mdbook`)"
        );
        return Ok(());
    }
    let mut build = std::process::Command::new("mdbook");
    sh::run(build.args(["build", "docs"]).current_dir(sh::root()))
}
