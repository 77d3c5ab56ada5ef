//! Comments on nodes.
//!
//! A group is a run of comment lines. Its position counts tokens of the node it hangs on: 0 before
//! the first token, 1 before the second, and so on; a field has
//! `<0> label <1> ":" <2> value <3> "," <4>`.

use ecow::EcoString;

use crate::syntax::source::Pos;

/// One comment line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where `//` stands.
    pub slash: Pos,
    /// The comment with its slashes, without the line end.
    pub text: EcoString,
}

/// Consecutive comment lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommentGroup {
    /// The group stands directly above its node.
    pub doc: bool,
    /// The group ends the line of its node.
    pub line: bool,
    /// Index of the token that the group precedes.
    pub position: i8,
    /// The lines, at least one.
    pub list: Vec<Comment>,
}

impl CommentGroup {
    /// A doc comment of the given text, one comment line for each line of it.
    pub fn doc(text: &str) -> CommentGroup {
        let line = |l: &str| Comment {
            slash: Pos::NONE,
            text: if l.is_empty() { "//".into() } else { ecow::eco_format!("// {l}") },
        };
        CommentGroup { doc: true, list: text.lines().map(line).collect(), ..Default::default() }
    }

    /// Where the group starts.
    pub fn pos(&self) -> Pos {
        self.list.first().map_or(Pos::NONE, |c| c.slash)
    }

    /// The text without slashes, one leading blank and trailing white space of each line; runs of
    /// empty lines become one, and a line end closes the text unless it is empty.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut blank = true;
        for c in &self.list {
            let body = c.text.strip_prefix("//").unwrap_or(&c.text);
            let body = body.strip_prefix(' ').unwrap_or(body);
            for line in body.split('\n') {
                let line = line.trim_end_matches([' ', '\t', '\n', '\r']);
                if line.is_empty() && blank {
                    continue;
                }
                blank = line.is_empty();
                out.push_str(line);
                out.push('\n');
            }
        }
        if blank && out.ends_with("\n\n") {
            out.pop();
        }
        out
    }
}

/// The comment groups of one node, ordered by position. Most nodes have none.
#[derive(Clone, Default)]
pub struct Comments {
    groups: Vec<CommentGroup>,
    slot: u32,
}

impl Comments {
    /// One doc comment of these lines, slashes included; nothing for none.
    pub(crate) fn doc_lines(lines: &[String]) -> Self {
        let mut comments = Self::default();
        if !lines.is_empty() {
            let comment = |text: &String| Comment { slash: Pos::NONE, text: text.as_str().into() };
            let list = lines.iter().map(comment).collect();
            comments.add(CommentGroup { doc: true, line: false, position: 0, list });
        }
        comments
    }

    /// The groups in the order they are printed.
    pub fn groups(&self) -> &[CommentGroup] {
        &self.groups
    }

    /// The groups, to be changed in place.
    pub fn groups_mut(&mut self) -> &mut [CommentGroup] {
        &mut self.groups
    }

    /// True when there is no comment.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Adds a group behind those of the same or a lower position.
    pub fn add(&mut self, group: CommentGroup) {
        insert_group(&mut self.groups, group);
    }

    /// Replaces all groups.
    pub fn set(&mut self, groups: Vec<CommentGroup>) {
        self.groups = groups;
    }

    /// Takes all groups away.
    pub fn take(&mut self) -> Vec<CommentGroup> {
        std::mem::take(&mut self.groups)
    }

    /// Number the parser knows the node under while comments are still being handed out;
    /// 0 for none.
    pub(in crate::syntax) fn slot(&self) -> u32 {
        self.slot
    }

    pub(in crate::syntax) fn set_slot(&mut self, slot: u32) {
        self.slot = slot;
    }
}

/// Adds a group behind those of the same or a lower position.
pub(in crate::syntax) fn insert_group(list: &mut Vec<CommentGroup>, group: CommentGroup) {
    let at = list.iter().rposition(|g| g.position <= group.position).map_or(0, |i| i + 1);
    list.insert(at, group);
}

impl std::fmt::Debug for Comments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.groups()).finish()
    }
}
