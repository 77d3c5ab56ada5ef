//! A value as CUE text, as upstream prints it: people read it in the messages of failed calls.
//!
//! Source: `ToString` in `cue/util/string.go` of kubevela/pkg.

use mizzen_cue::syntax::Style;
use mizzen_cue::syntax::ast::{Decl, File};
use mizzen_cue::{Value as Cue, View};

/// The text of a value as a file would hold it, defaults taken and with all that is optional.
#[must_use]
pub(crate) fn file(value: &Cue) -> String {
    if let Some(error) = value.err() {
        return format!("_|_ // {error}");
    }
    let view = View::default().defaults(true).optional(true).definitions(true).hidden(true);
    match value.view(view.attributes(true).docs(true)) {
        Ok(file) => Style::default().simplify(true).file(&closed(file)).trim().to_owned(),
        Err(error) => error.to_string(),
    }
}

/// The file without the mark that more fields may come.
fn closed(mut file: File) -> File {
    file.decls.retain(|decl| !matches!(decl, Decl::Ellipsis(_)));
    file
}
