//! The state of a walk: which node is being printed, which of its comments are due, and how its parts are separated.

use super::printer::Printer;
use super::space::Space;
use crate::syntax::ast::{CommentGroup, Comments, Decl, File, StructLit};
use crate::syntax::source::Pos;

/// A node being printed.
#[derive(Default)]
struct Frame<'a> {
    groups: std::collections::VecDeque<&'a CommentGroup>,
    /// Tokens printed.
    pos: i8,
    /// Between the parts of the node: a line end, or a blank when it stands on one line.
    node_sep: Space,
    parent_sep: Space,
}

pub(super) struct Formatter<'a> {
    pub(super) p: Printer,
    stack: Vec<Frame<'a>>,
    current: Frame<'a>,
    pub(super) simplify: bool,
}

impl<'a> Formatter<'a> {
    pub(super) fn new(simplify: bool) -> Self {
        let current =
            Frame { node_sep: Space::NEWLINE, parent_sep: Space::NEWLINE, ..Frame::default() };
        Self { p: Printer::new(), stack: Vec::new(), current, simplify }
    }

    pub(super) fn finish(self) -> String {
        self.p.finish()
    }

    pub(super) fn file(&mut self, file: &'a File) {
        self.before(&file.comments);
        self.decls(&file.decls);
        self.after();
        self.p.end_of_file();
    }

    pub(super) fn decls(&mut self, decls: &'a [Decl]) {
        self.decl_list(decls);
    }

    /// Enters a part that is no node.
    pub(super) fn open(&mut self) {
        let (node_sep, parent_sep) = (self.current.node_sep, self.current.node_sep);
        let inner = Frame { node_sep, parent_sep, ..Frame::default() };
        self.stack.push(std::mem::replace(&mut self.current, inner));
    }

    /// Enters a node.
    pub(super) fn before(&mut self, comments: &'a Comments) {
        self.open();
        self.take_comments(comments);
    }

    /// Enters a struct, which stays on a line when it was on one.
    pub(super) fn before_struct(&mut self, lit: &'a StructLit) {
        self.open();
        if lit.elts.len() <= 1 && lit.one_line {
            self.current.node_sep = Space::BLANK;
        }
        self.take_comments(&lit.comments);
    }

    fn take_comments(&mut self, comments: &'a Comments) {
        self.current.groups = comments.groups().iter().collect();
        self.comments_until(self.current.pos);
    }

    /// Leaves what was entered last.
    pub(super) fn after(&mut self) {
        self.comments_until(i8::MAX);
        if let Some(outer) = self.stack.pop() {
            self.current = outer;
        }
        self.count();
        self.comments_until(self.current.pos);
    }

    /// One more token of the node is through.
    pub(super) fn count(&mut self) {
        self.current.pos = self.current.pos.saturating_add(1);
    }

    /// Comments that stand before the next token.
    pub(super) fn comments_here(&mut self) {
        self.comments_until(self.current.pos);
    }

    fn comments_until(&mut self, until: i8) {
        let mut printed = false;
        while self.current.groups.front().is_some_and(|g| g.position <= until) {
            let Some(group) = self.current.groups.pop_front() else { return };
            if std::mem::replace(&mut printed, true) {
                self.p.space(Space::SECTION);
            }
            self.comment_group(group);
        }
    }

    pub(super) fn comment_group(&mut self, group: &CommentGroup) {
        self.p.before_comments(group);
        if group.doc && self.p.wrote {
            self.p.space(Space::NEWLINE);
        }
        for comment in &group.list {
            if self.p.column > 1 {
                self.p.space(Space::CELL);
            }
            self.p.pos(comment.slash);
            self.p.comment(comment);
            self.p.in_comment = true;
            self.p.space(Space::NEWLINE);
            if group.doc {
                self.p.space(Space::FIXED);
            }
        }
    }

    /// Puts aside the comments of the current node that stand after `pos`, to be printed at its end.
    pub(super) fn postpone_comments(
        &mut self,
        comments: &'a Comments,
        pos: Pos,
    ) -> Vec<&'a CommentGroup> {
        self.current.groups.clear();
        let later = |g: &&CommentGroup| pos.offset() < g.pos().offset();
        comments.groups().iter().filter(later).collect()
    }

    pub(super) fn set_comments(&mut self, groups: Vec<&'a CommentGroup>) {
        self.current.groups = groups.into();
    }

    /// The separator of the parts of the node around.
    pub(super) fn parent_sep(&self) -> Space {
        self.current.parent_sep
    }

    /// A line end that ends alignment, or a blank where the node stands on one line.
    pub(super) fn line_break(&self) -> Space {
        if self.current.node_sep == Space::BLANK { Space::BLANK } else { Space::BREAK }
    }

    pub(super) fn space(&mut self, wish: Space) {
        self.p.space(wish);
    }

    pub(super) fn pos(&mut self, pos: Pos) {
        self.p.pos(pos);
    }

    /// A punctuation mark or an operator: it counts.
    pub(super) fn token(&mut self, text: &str) {
        self.p.token(text);
        self.count();
    }

    /// A word that counts like a token.
    pub(super) fn word(&mut self, text: &str) {
        self.p.text(text);
        self.count();
    }
}
