//! Trees to text in the canonical style (`cue fmt`).
//!
//! The printer keeps the line structure of the text a tree was read from: every token knows whether it followed on
//! the same line, on a new one or after an empty one. Generated trees know nothing of that and get the default layout.

mod align;
mod decl;
mod expr;
mod literal;
mod printer;
mod simplify;
mod space;
mod walk;

use super::ast::{Decl, Expr, File};
use walk::Formatter;

/// How a tree is printed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    simplify: bool,
    spaces: usize,
}

impl Style {
    /// Drops braces, quotes and types that say nothing (`cue fmt -s`).
    #[must_use]
    pub fn simplify(mut self, on: bool) -> Self {
        self.simplify = on;
        self
    }

    /// Spaces for one level of indentation; 0, the default, is a tab.
    #[must_use]
    pub fn spaces(mut self, spaces: usize) -> Self {
        self.spaces = spaces;
        self
    }

    /// The text of a file.
    pub fn file(self, file: &File) -> String {
        let text = if self.simplify {
            let mut file = file.clone();
            simplify::file(&mut file);
            self.print(|f| f.file(&file))
        } else {
            self.print(|f| f.file(file))
        };
        match file.decls[..] {
            // A generated value starts no line of its own.
            [Decl::Embed(_)] => text.trim_start_matches('\n').to_owned(),
            _ => text,
        }
    }

    /// The text of an expression.
    pub fn expr(self, expr: &Expr) -> String {
        self.print(|f| f.expr(expr))
    }

    /// The text of declarations, as a file without anything else.
    pub fn decls(self, decls: &[Decl]) -> String {
        self.print(|f| f.decls(decls))
    }

    fn print<'a>(self, walk: impl FnOnce(&mut Formatter<'a>)) -> String {
        let mut f = Formatter::new(self.simplify);
        walk(&mut f);
        let text = f.finish();
        match self.spaces {
            0 => text,
            spaces => expanded(&text, spaces),
        }
    }
}

/// Tabs that start lines as spaces.
fn expanded(text: &str, spaces: usize) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for line in text.split_inclusive('\n') {
        let rest = line.trim_start_matches('\t');
        out.extend(std::iter::repeat_n(' ', (line.len() - rest.len()) * spaces));
        out.push_str(rest);
    }
    out
}

/// The text of a file in the canonical style.
pub fn format_file(file: &File) -> String {
    Style::default().file(file)
}

/// The text of an expression in the canonical style.
pub fn format_expr(expr: &Expr) -> String {
    Style::default().expr(expr)
}
