//! Which node a comment belongs to, decided while the nodes are still being read.
//!
//! Every open node has a state on a stack: how many of its tokens are through, and the groups met so
//! far. A closed node keeps only a number (its slot); groups that turn out to belong to a node that is
//! closed already are handed to its slot, and installed in the tree at the very end.

use super::super::ast::{Comment, CommentGroup, Comments, insert_group};
use super::super::source::Pos;
use super::super::token::Tok;
use super::{Mode, Parser};

#[derive(Default)]
struct State {
    position: i8,
    groups: Vec<CommentGroup>,
    lists: u32,
    last_child: u32,
    last_position: i8,
}

/// The stack of open nodes, and what closed ones were handed.
pub(super) struct Handing {
    stack: Vec<State>,
    handed: Vec<Vec<CommentGroup>>,
    lead: Option<CommentGroup>,
}

impl Default for Handing {
    fn default() -> Self {
        Self { stack: vec![State::default()], handed: vec![Vec::new()], lead: None }
    }
}

impl Handing {
    fn top(&mut self) -> &mut State {
        if self.stack.is_empty() {
            self.stack.push(State::default());
        }
        let last = self.stack.len() - 1;
        &mut self.stack[last]
    }

    /// A node begins here.
    pub(super) fn open(&mut self) {
        let mut child = State::default();
        let top = self.top();
        if top.lists > 0 {
            let (slot, position) = (top.last_child, top.last_position);
            let groups = std::mem::take(&mut top.groups);
            if slot == 0 {
                child.groups.extend(groups.into_iter().map(|group| at(group, 0)));
            } else {
                for group in groups {
                    let position = if group.position == 0 { 0 } else { position };
                    insert_group(&mut self.handed[slot as usize], at(group, position));
                }
            }
        }
        if let Some(lead) = self.lead.take() {
            child.groups.push(lead);
        }
        self.stack.push(child);
    }

    /// A node begins here of which some parts are read already.
    pub(super) fn open_after(&mut self, parts: i8) {
        self.open();
        self.top().position = parts;
    }

    /// The node that was opened last is read. It may have been closed before, as a smaller part of itself.
    pub(super) fn close(&mut self, comments: &mut Comments) {
        let state = self.stack.pop().unwrap_or_default();
        let mut slot = comments.slot();
        if slot == 0 {
            slot = self.handed.len() as u32;
            self.handed.push(Vec::new());
            comments.set_slot(slot);
        }
        for group in state.groups {
            insert_group(&mut self.handed[slot as usize], group);
        }
        let top = self.top();
        top.last_child = slot;
        top.last_position = state.position;
        top.position = top.position.saturating_add(1);
    }

    /// What was opened last turned out to be no node of its own.
    pub(super) fn cancel(&mut self) {
        let state = self.stack.pop().unwrap_or_default();
        let top = self.top();
        top.groups.extend(state.groups);
    }

    /// A list of nodes begins here.
    pub(super) fn open_list(&mut self) {
        if self.top().lists > 0 {
            self.top().lists += 1;
        } else {
            self.stack.push(State { lists: 1, ..State::default() });
        }
    }

    /// The list is over: what is left belongs to its last node.
    pub(super) fn close_list(&mut self) {
        let top = self.top();
        let (slot, position) = (top.last_child, top.last_position);
        if slot != 0 {
            for group in std::mem::take(&mut self.top().groups) {
                insert_group(&mut self.handed[slot as usize], at(group, position));
            }
        }
        let top = self.top();
        top.lists = top.lists.saturating_sub(1);
        if top.lists == 0 {
            let state = self.stack.pop().unwrap_or_default();
            let parent = self.top();
            parent.groups.extend(state.groups);
            parent.position = parent.position.saturating_add(1);
        }
    }

    fn add(&mut self, group: CommentGroup) {
        let top = self.top();
        let position = top.position;
        top.groups.push(at(group, position));
    }

    pub(super) fn finish(mut self) -> Vec<Vec<CommentGroup>> {
        // What no node took belongs to the file, whose slot is the last.
        let left: Vec<CommentGroup> =
            self.stack.drain(..).flat_map(|state| state.groups).chain(self.lead.take()).collect();
        if let Some(last) = self.handed.last_mut() {
            left.into_iter().for_each(|group| insert_group(last, group));
        }
        self.handed
    }
}

fn at(group: CommentGroup, position: i8) -> CommentGroup {
    CommentGroup { position, ..group }
}

impl Parser<'_> {
    /// The next token that is no comment; comments before it are handed out.
    pub(super) fn next(&mut self) {
        if let Some(lead) = self.handing.lead.take() {
            self.handing.add(lead);
        }
        let line = self.token.end_line;
        self.last_line = line;
        self.token = self.scanner.scan();
        let top = self.handing.top();
        top.position = top.position.saturating_add(1);
        self.comments_here(line);
    }

    /// Hands out the comments at the current token. `line` is where the token before ended.
    pub(super) fn comments_here(&mut self, line: u32) {
        if self.tok() != Tok::Comment {
            return;
        }
        let mut pending: Option<CommentGroup> = None;
        if line == self.token.line {
            let (mut group, end) = self.comment_group(0);
            group.line = self.token.line != end;
            pending = Some(group);
        }
        let mut end = None;
        while self.tok() == Tok::Comment {
            if let Some(group) = pending.take() {
                self.hand(group);
            }
            let (group, last) = self.comment_group(1);
            pending = Some(group);
            end = Some(last);
        }
        let Some(mut group) = pending else { return };
        if end.is_some_and(|end| end + 1 == self.token.line) && self.tok() != Tok::Eof {
            group.doc = true;
            if self.mode == Mode::All {
                self.handing.lead = Some(group);
            }
        } else {
            self.hand(group);
        }
    }

    fn hand(&mut self, group: CommentGroup) {
        if self.mode == Mode::All {
            self.handing.add(group);
        }
    }

    /// Comments on consecutive lines, at most `gap` lines apart; the line of the last.
    fn comment_group(&mut self, gap: u32) -> (CommentGroup, u32) {
        let mut list = Vec::new();
        let mut end = self.token.line;
        while self.tok() == Tok::Comment && self.token.line <= end + gap {
            end = self.token.line;
            let slash = Pos::new(self.source, self.token.start, self.token.rel);
            list.push(Comment { slash, text: self.lit().trim_end_matches('\r').into() });
            self.token = self.scanner.scan();
        }
        (CommentGroup { list, ..CommentGroup::default() }, end)
    }
}
