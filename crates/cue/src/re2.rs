//! Regular expressions as the reference understands them, under limits of size and nesting.

mod translate;

use regex::{Regex, RegexBuilder};
use regex_syntax::{Error as SyntaxError, ParserBuilder};

/// Nesting beyond which the reference refuses a pattern.
const NESTING: u32 = 1_000;
/// Bytes a compiled pattern may take where no other limit is set.
pub(crate) const SIZE: usize = 8 << 20;

/// A compiled pattern, or what is wrong with it.
pub(crate) fn compile(pattern: &str, size: usize) -> Result<Regex, String> {
    let pattern = translate::translate(pattern)?;
    let mut builder = RegexBuilder::new(&pattern);
    builder.nest_limit(NESTING).size_limit(size).build().map_err(|e| complaint(&pattern, &e))
}

/// The complaint without the pattern itself, which may be long.
fn complaint(pattern: &str, e: &regex::Error) -> String {
    match ParserBuilder::new().nest_limit(NESTING).build().parse(pattern) {
        Err(SyntaxError::Parse(e)) => e.kind().to_string(),
        Err(SyntaxError::Translate(e)) => e.kind().to_string(),
        _ => e.to_string(),
    }
}
