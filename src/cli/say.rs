//! Printing to whoever listens. A reader that has gone, such as `head`, has what it wanted: the program
//! ends without a word, as every tool in a pipe does.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Prints a line.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::say::line(format_args!($($text)*)) };
}
pub(super) use say;

/// Prints a line.
pub(super) fn line(text: Arguments<'_>) {
    written(writeln!(std::io::stdout(), "{text}"));
}

/// Prints a text that has its own line ends.
pub(super) fn text(text: &str) {
    written(write!(std::io::stdout(), "{text}"));
}

/// Says something to the person beside the output; when nobody hears it, it is not said.
pub(super) fn aside(text: Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "mizzen: {text}");
}

fn written(result: std::io::Result<()>) {
    match result {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            aside(format_args!("the output cannot be written: {error}"));
            std::process::exit(2)
        }
    }
}
