//! Tokens to tree, for the whole language; comments find their nodes on the way.
//!
//! Recursive descent with one token of look-ahead. Reading never stops at an error: what cannot be
//! read becomes a bad node. Nesting is bounded, so no text can exhaust the stack.
//! Source of the grammar and of where comments go: `cue/parser/parser.go` of the reference
//! implementation at v0.14.1.

mod comments;
mod decl;
mod expr;

use ecow::EcoString;

use super::ast::{Comments, Expr, File, Ident};
use super::error::SyntaxError;
use super::install;
use super::scanner::Scanner;
use super::source::{Pos, SourceId};
use super::token::{Tok, Token};
use comments::Handing;

/// Nodes may be nested this deep; deeper text is an error.
pub const MAX_NESTING: usize = 1_000;
/// A tree may be this high, chains of operators and selectors counted by their length; a higher one is an error.
/// Everything that walks or drops a tree recurses no deeper than this.
pub const MAX_HEIGHT: usize = 2_000;
/// Complaints that are kept.
const MOST_ERRORS: usize = 100;

/// What is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Everything, comments included.
    #[default]
    All,
    /// Comments are passed over: quicker where nobody asks for them.
    NoComments,
}

/// A tree and what was wrong with its text.
#[derive(Clone, Debug)]
pub struct Parsed<T> {
    /// The tree; bad nodes stand where the text could not be read.
    pub tree: T,
    /// The complaints in the order of the text; a tree without any is whole.
    pub errors: Vec<SyntaxError>,
}

/// Reads a file.
pub fn parse_file(source: SourceId, text: &str, mode: Mode) -> Parsed<File> {
    let mut parser = Parser::new(source, text, mode);
    let mut tree = parser.file();
    let (errors, handed) = parser.finish();
    install::file(&mut tree, handed);
    Parsed { tree, errors }
}

/// Reads one expression and nothing else.
pub fn parse_expr(source: SourceId, text: &str, mode: Mode) -> Parsed<Expr> {
    let mut parser = Parser::new(source, text, mode);
    let mut tree = parser.whole_expr();
    let (errors, handed) = parser.finish();
    install::expr(&mut tree, handed);
    Parsed { tree, errors }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    source: SourceId,
    text: &'a str,
    mode: Mode,
    token: Token,
    handing: Handing,
    errors: Vec<SyntaxError>,
    depth: usize,
    /// Line on which the last token that was taken ends.
    last_line: u32,
    /// Height of the highest tree read so far inside the innermost [`Parser::apart`].
    height: usize,
}

impl<'a> Parser<'a> {
    fn new(source: SourceId, text: &'a str, mode: Mode) -> Self {
        let mut scanner = Scanner::new(source, text);
        let token = scanner.scan();
        let handing = Handing::default();
        let errors = Vec::new();
        let mut parser = Self {
            scanner,
            source,
            text,
            mode,
            token,
            handing,
            errors,
            depth: 0,
            last_line: 0,
            height: 0,
        };
        parser.comments_here(0);
        parser
    }

    fn finish(mut self) -> (Vec<SyntaxError>, Vec<Vec<super::ast::CommentGroup>>) {
        let mut errors = std::mem::take(&mut self.scanner.errors);
        errors.append(&mut self.errors);
        errors.sort_by_key(|error| error.pos.offset());
        errors.truncate(MOST_ERRORS);
        (errors, self.handing.finish())
    }

    fn tok(&self) -> Tok {
        self.token.kind
    }

    fn pos(&self) -> Pos {
        Pos::new(self.source, self.token.start, self.token.rel)
    }

    fn lit(&self) -> &'a str {
        self.slice(self.token.start, self.token.end)
    }

    fn slice(&self, start: u32, end: u32) -> &'a str {
        self.text.get(start as usize..end as usize).unwrap_or_default()
    }

    fn word(&self) -> EcoString {
        self.lit().into()
    }

    fn error(&mut self, pos: Pos, message: impl Into<String>) {
        if self.errors.len() < MOST_ERRORS {
            self.errors.push(SyntaxError::new(pos, message));
        }
    }

    fn error_expected(&mut self, what: &str) {
        let found = match self.tok() {
            Tok::Comma if self.token.implied => "newline".to_owned(),
            tok if tok.is_literal() => format!("'{}' {}", tok.as_str(), self.lit()),
            tok => format!("'{}'", tok.as_str()),
        };
        self.error(self.pos(), format!("expected {what}, found {found}"));
    }

    /// Takes the token if it is the one; an error otherwise. Its place either way.
    fn expect(&mut self, tok: Tok) -> Pos {
        let pos = self.pos();
        if self.tok() == tok {
            self.next();
        } else {
            self.error_expected(&format!("'{}'", tok.as_str()));
        }
        pos
    }

    /// Takes the closing token, allowing a comma before it on a line of its own.
    fn expect_closing(&mut self, tok: Tok, context: &str) -> Pos {
        if self.tok() != tok && self.tok() == Tok::Comma && self.token.implied {
            self.no_line_end(context);
            self.next();
        }
        self.expect(tok)
    }

    /// Whether a comma is here, or should be: then its lack is an error.
    fn at_comma(&mut self, context: &str, follow: &[Tok]) -> bool {
        if self.tok() == Tok::Comma {
            return true;
        }
        if !follow.contains(&self.tok()) {
            self.error(self.pos(), format!("missing ',' in {context}"));
            return true;
        }
        false
    }

    /// Elements are separated by commas, not by line ends.
    fn no_line_end(&mut self, context: &str) {
        if self.token.implied {
            self.error(self.pos(), format!("missing ',' before newline in {context}"));
        }
    }

    /// One level deeper; false when that is too deep, which is an error.
    fn enter(&mut self) -> bool {
        self.depth += 1;
        if self.depth == MAX_NESTING + 1 {
            self.error(self.pos(), format!("nested deeper than {MAX_NESTING} levels"));
        }
        self.depth <= MAX_NESTING
    }

    /// Reads something that may nest, on as much stack as that takes.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        stacker::maybe_grow(128 * 1024, 1024 * 1024, || read(self))
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Reads a part whose height does not add to that of its neighbours.
    fn apart<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::take(&mut self.height);
        let out = read(self);
        self.height = self.height.max(before);
        out
    }

    /// A node was put on top of what was read; nothing more is read when that is too high.
    fn cover(&mut self) {
        if !self.raise() {
            self.give_up();
        }
    }

    /// A node is put on top of what was read; false when that is too high, which is an error.
    fn raise(&mut self) -> bool {
        self.height += 1;
        if self.height == MAX_HEIGHT + 1 {
            self.error(self.pos(), format!("more than {MAX_HEIGHT} nested expressions"));
        }
        self.height <= MAX_HEIGHT
    }

    /// Nothing more can be read: the rest of the text is passed over.
    fn give_up(&mut self) {
        while self.tok() != Tok::Eof {
            self.token = self.scanner.scan();
        }
    }

    fn ident(&mut self) -> Ident {
        self.handing.open();
        let pos = self.pos();
        let name = if self.tok() == Tok::Ident || self.tok().is_keyword() {
            let name = self.word();
            self.next();
            name
        } else {
            self.expect(Tok::Ident);
            "_".into()
        };
        let mut ident = Ident { pos, name, comments: Comments::default() };
        self.handing.close(&mut ident.comments);
        ident
    }
}
