//! Tokens to aligned text: white space is collected as wishes and decided when the next token comes.

use super::align::Aligner;
use super::literal;
use super::space::Space;
use crate::syntax::ast::{BasicLit, Comment, CommentGroup, LitKind};
use crate::syntax::source::{Pos, Rel};

/// Indentation beyond which strings of several lines are left alone.
const DEEP: usize = 6;

/// The token printed last, as far as it matters for the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Nothing,
    Int,
    Plus,
    Minus,
    Slash,
    Word,
    Closing,
    Other,
}

pub(super) struct Printer {
    out: Aligner,
    pub(super) wrote: bool,
    pub(super) allowed: Space,
    levels: Vec<Space>,
    pub(super) indent: usize,
    pub(super) column: usize,
    pub(super) line: usize,
    pub(super) last: Last,
    after_space: bool,
    /// A `{` stands on this line.
    pub(super) brace_on_line: bool,
    pub(super) in_comment: bool,
}

impl Printer {
    pub(super) fn new() -> Self {
        Self {
            out: Aligner::new(),
            wrote: false,
            allowed: Space::FIXED,
            levels: Vec::new(),
            indent: 0,
            column: 1,
            line: 0,
            last: Last::Nothing,
            after_space: false,
            brace_on_line: false,
            in_comment: false,
        }
    }

    pub(super) fn finish(self) -> String {
        self.out.finish()
    }

    pub(super) fn space(&mut self, wish: Space) {
        self.allowed |= wish;
    }

    /// The position of the next token decides between the wishes, unless they are fixed.
    pub(super) fn pos(&mut self, pos: Pos) {
        if pos.rel() == Rel::None || self.allowed.has(Space::FIXED) {
            return;
        }
        let mut wishes = self.allowed;
        match pos.rel() {
            Rel::NoSpace => wishes = wishes & !Space::LINES,
            Rel::Blank => wishes = (wishes | Space::BLANK) & !Space::LINES,
            Rel::Newline => wishes |= Space::NEWLINE,
            Rel::Section => wishes |= Space::SECTION,
            Rel::None | Rel::Elided => {}
        }
        if self.in_comment {
            wishes |= Space::NEWLINE;
        }
        self.write_space(wishes);
        self.allowed = Space::NONE;
    }

    /// A punctuation mark, an operator or the word `let`.
    pub(super) fn token(&mut self, text: &str) {
        let word = text.as_bytes().first().is_some_and(|b| (b'a'..=b'y').contains(b));
        let before = match self.last {
            _ if word => self.last != Last::Nothing,
            Last::Int => text == ".",
            Last::Plus => text.starts_with('+'),
            Last::Minus => text.starts_with('-'),
            Last::Slash => text.starts_with('*'),
            _ => false,
        };
        if before && !self.after_space {
            self.allowed |= Space::BLANK;
        }
        self.last = match text {
            "+" => Last::Plus,
            "-" => Last::Minus,
            "/" => Last::Slash,
            "}" | "]" => Last::Closing,
            _ if word => Last::Word,
            _ => Last::Other,
        };
        self.write(text);
        if word {
            self.allowed = Space::BLANK;
        }
    }

    pub(super) fn end_of_file(&mut self) {
        self.allowed = Space::NEWLINE;
        self.last = Last::Other;
        self.write("");
    }

    /// A name, a label, an attribute.
    pub(super) fn text(&mut self, text: &str) {
        self.last = Last::Other;
        self.write(text);
    }

    pub(super) fn literal(&mut self, lit: &BasicLit) {
        let text = match lit.kind {
            LitKind::String if self.indent < DEEP => literal::indented(&lit.text, self.indent + 1),
            LitKind::Int | LitKind::Float => literal::number(&lit.text, lit.kind),
            _ => lit.text.as_str().into(),
        };
        self.last = if lit.kind == LitKind::Int { Last::Int } else { Last::Other };
        self.write(&text);
    }

    /// Where a group of comments goes relative to what was printed.
    pub(super) fn before_comments(&mut self, group: &CommentGroup) {
        let rel = if group.line { Rel::Blank } else { group.pos().rel() };
        match rel {
            Rel::None | Rel::Newline | Rel::Section => {}
            Rel::Blank | Rel::Elided => {
                self.allowed = (self.allowed | Space::BLANK) & !(Space::LINES | Space::DECL_COMMA);
            }
            Rel::NoSpace => self.allowed = self.allowed & !(Space::LINES | Space::DECL_COMMA),
        }
    }

    pub(super) fn comment(&mut self, comment: &Comment) {
        self.last = Last::Other;
        self.write(&comment.text);
    }

    fn write(&mut self, text: &str) {
        self.write_space(self.allowed);
        self.allowed = Space::NONE;
        self.in_comment = false;
        if !text.is_empty() {
            self.after_space = false;
        }
        self.put(text);
    }

    fn put(&mut self, text: &str) {
        self.wrote |= !text.is_empty();
        self.out.text(text);
        match text.rfind('\n') {
            Some(at) => self.column = text.len() - at,
            None => self.column += text.len(),
        }
    }

    fn write_space(&mut self, wishes: Space) {
        if wishes.has(Space::COMMA) && (wishes.has(Space::LINES) || !wishes.has(Space::LAST_COMMA))
        {
            self.put(",");
        }
        if wishes.has(Space::INDENT) {
            self.levels.push(wishes);
        }
        if wishes.has(Space::UNINDENT) {
            self.unindent();
        }
        let lines = if wishes.has(Space::SECTION) {
            2
        } else {
            usize::from(wishes.has(Space::BREAK | Space::NEWLINE))
        };
        if lines > 0 {
            self.indent_line(wishes);
            let apart = wishes.has(Space::SECTION | Space::BREAK);
            self.end_lines(lines, apart);
            self.after_space = true;
        } else if wishes.has(Space::DECL_COMMA) {
            self.put(", ");
            self.after_space = true;
        } else if wishes.has(Space::NO_BLANK) {
        } else if wishes.has(Space::CELL) {
            self.out.end_cell(false);
            self.wrote = true;
            self.column += 1;
            self.after_space = true;
        } else if wishes.has(Space::BLANK) {
            self.put(" ");
            self.after_space = true;
        }
    }

    fn end_lines(&mut self, lines: usize, apart: bool) {
        for _ in 0..lines {
            self.out.end_line(apart);
        }
        for _ in 0..self.indent {
            self.out.end_cell(true);
        }
        self.wrote = true;
        self.column = 1 + self.indent;
        self.brace_on_line = false;
        self.line += lines;
    }

    /// Leaves a level.
    pub(super) fn unindent(&mut self) {
        if self.levels.pop().is_some_and(|l| l.has(Space::INDENTED)) {
            self.indent = self.indent.saturating_sub(1);
        }
    }

    /// A level takes effect with the first line that ends inside it.
    fn indent_line(&mut self, wishes: Space) {
        if wishes.has(Space::UNINDENT) {
            return;
        }
        if let Some(level) = self.levels.last_mut()
            && !level.has(Space::INDENTED)
            && level.has(Space::INDENT)
        {
            *level |= Space::INDENTED;
            self.indent += 1;
        }
    }
}
