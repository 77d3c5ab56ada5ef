//! Compares the expected tree with ours.
//!
//! Compared: labels with their markers, kinds, values, terms with their defaults, and classes of errors at their
//! places. Left aside: positions and texts of errors ([`Level::Texts`] looks at the texts), which nodes are shared
//! (both sides are followed), the package of a hidden name, and lets. The order of fields in this notation is that of
//! insertion, no result of the language: it counts only at [`Level::Order`]. What is printed unevaluated (arguments and
//! sources that nothing asked for) is not compared.

use std::collections::HashSet;

use crate::notation::{Form, Tree};

/// How much must agree; each level includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Labels, kinds, values, classes of errors.
    Values,
    /// The marks of closedness too.
    Closed,
    /// The order of insertion too.
    Order,
    /// The first message of every error too.
    Texts,
}

/// The first difference, with its path.
pub(crate) fn difference(want: &Form, got: &Form, level: Level) -> Option<String> {
    let mut pair = Pair { want, got, level, seen: HashSet::new(), path: Vec::new() };
    pair.form(want, got).err()
}

struct Pair<'a> {
    want: &'a Form,
    got: &'a Form,
    level: Level,
    seen: HashSet<(*const Tree, *const Tree)>,
    path: Vec<String>,
}

type Same = Result<(), String>;

impl<'a> Pair<'a> {
    fn differ(&self, what: &str, want: &str, got: &str) -> Same {
        Err(format!("{}: {what} {got:?}, expected {want:?}", self.path.join(".")))
    }

    fn form(&mut self, want: &'a Form, got: &'a Form) -> Same {
        stacker::maybe_grow(64 << 10, 1 << 20, || self.form_inner(want, got))
    }

    fn form_inner(&mut self, want: &'a Form, got: &'a Form) -> Same {
        if let (Form::Shared(a), Form::Shared(b)) = (want, got)
            && a == b
        {
            return Ok(());
        }
        // The reference names nodes of the lists it rearranges by places that exist nowhere.
        if matches!(want, Form::Shared(path) if lookup(self.want, path).is_none()) {
            return Ok(());
        }
        let followed = (follow(self.want, want), follow(self.got, got));
        let (Some(want), Some(got)) = followed else {
            return self.differ("shared", &text(want), &text(got));
        };
        match (want, got) {
            (Form::Node(a), Form::Node(b)) => self.tree(a, b),
            (Form::Terms(a), Form::Terms(b)) => self.terms(a, b),
            (Form::Parts(a), Form::Parts(b)) => self.parts(a, b),
            // A finished term may be printed with or without its node around it.
            (Form::Text(_) | Form::Call(..) | Form::Parts(_) | Form::Terms(_), Form::Node(b))
                if plain(b) =>
            {
                b.value.as_ref().map_or(Ok(()), |v| self.form(want, v))
            }
            (Form::Node(a), Form::Text(_) | Form::Call(..) | Form::Parts(_) | Form::Terms(_))
                if plain(a) =>
            {
                a.value.as_ref().map_or(Ok(()), |v| self.form(v, got))
            }
            (Form::Call(f, a), Form::Call(g, b)) if f == g => self.parts(a, b),
            (Form::Text(a), Form::Text(b)) if a == b => Ok(()),
            _ => self.differ("value", &text(want), &text(got)),
        }
    }

    fn terms(&mut self, a: &'a [(bool, Form)], b: &'a [(bool, Form)]) -> Same {
        if a.len() != b.len() {
            let list =
                |t: &[(bool, Form)]| t.iter().map(|t| text(&t.1)).collect::<Vec<_>>().join(" | ");
            return self.differ("terms", &list(a), &list(b));
        }
        let defaults = |t: &[(bool, Form)]| t.iter().filter(|t| t.0).count().to_string();
        if defaults(a) != defaults(b) {
            return self.differ("defaults", &defaults(a), &defaults(b));
        }
        let items = |t: &'a [(bool, Form)]| t.iter().map(|t| (t.0, &t.1)).collect();
        self.unordered("terms", items(a), items(b))
    }

    fn parts(&mut self, a: &'a [Form], b: &'a [Form]) -> Same {
        if a.len() != b.len() {
            let list = |t: &[Form]| t.iter().map(text).collect::<Vec<_>>().join(" & ");
            return self.differ("parts", &list(a), &list(b));
        }
        self.unordered(
            "parts",
            a.iter().map(|f| (false, f)).collect(),
            b.iter().map(|f| (false, f)).collect(),
        )
    }

    /// Each of one side has its equal on the other; the order is free below [`Level::Order`].
    fn unordered(
        &mut self,
        what: &str,
        a: Vec<(bool, &'a Form)>,
        b: Vec<(bool, &'a Form)>,
    ) -> Same {
        let mut left: Vec<Option<(bool, &Form)>> = b.into_iter().map(Some).collect();
        for (at, (mark, want)) in a.into_iter().enumerate() {
            let mut first = None;
            let mut hit = None;
            for (i, other) in left.iter().enumerate() {
                let Some((other_mark, got)) = *other else { continue };
                if (self.level >= Level::Order && i != at) || other_mark != mark {
                    continue;
                }
                let seen = self.seen.clone();
                match self.form(want, got) {
                    Ok(()) => {
                        hit = Some(i);
                        break;
                    }
                    Err(why) => {
                        self.seen = seen;
                        first.get_or_insert(why);
                    }
                }
            }
            match hit {
                Some(i) => left[i] = None,
                None => {
                    return Err(first.unwrap_or_else(|| format!("{}: {what}", self.path.join("."))));
                }
            }
        }
        Ok(())
    }

    fn tree(&mut self, want: &'a Tree, got: &'a Tree) -> Same {
        if want.is_unevaluated() || !self.seen.insert((want, got)) {
            return Ok(());
        }
        if want.kind != got.kind {
            let say = |t: &Tree| {
                format!(
                    "{}{}",
                    t.kind,
                    t.error.as_ref().map_or(String::new(), |e| format!(
                        " [{}] {}",
                        e.0,
                        e.1.join("; ")
                    ))
                )
            };
            return self.differ("kind", &say(want), &say(got));
        }
        let class = |t: &'a Tree| t.error.as_ref().map_or("", |e| e.0.as_str());
        if class(want) != class(got) {
            return self.differ("class", class(want), class(got));
        }
        if self.level >= Level::Closed && want.closed != got.closed {
            let mark = |t: &Tree| if t.closed { "closed" } else { "open" };
            return self.differ("closedness", mark(want), mark(got));
        }
        match (&want.value, &got.value) {
            (Some(a), Some(b)) => self.form(a, b)?,
            (None, None) => {}
            (a, b) => {
                let say = |f: &Option<Form>| f.as_ref().map_or_else(|| "nothing".into(), text);
                return self.differ("value", &say(a), &say(b));
            }
        }
        self.arcs(want, got)?;
        if self.level >= Level::Texts {
            self.texts(want, got)?;
        }
        Ok(())
    }

    fn texts(&self, want: &Tree, got: &Tree) -> Same {
        let (Some((_, want)), Some((_, got))) = (&want.error, &got.error) else { return Ok(()) };
        let first = |m: &[String]| m.first().cloned().unwrap_or_default();
        if first(want) == first(got) {
            return Ok(());
        }
        self.differ("message", &first(want), &first(got))
    }

    fn arcs(&mut self, want: &'a Tree, got: &'a Tree) -> Same {
        let labels = |t: &Tree| t.arcs.iter().map(|a| a.0.clone()).collect::<Vec<_>>();
        let (mut a, mut b) = (labels(want), labels(got));
        if self.level < Level::Order {
            a.sort();
            b.sort();
        }
        if a != b {
            return self.differ("fields", &a.join(","), &b.join(","));
        }
        let mut used = vec![false; got.arcs.len()];
        for (label, form) in &want.arcs {
            let twin = got.arcs.iter().enumerate().find(|(i, arc)| !used[*i] && arc.0 == *label);
            let Some((i, (_, other))) = twin else { continue };
            used[i] = true;
            self.path.push(label.clone());
            self.form(form, other)?;
            self.path.pop();
        }
        Ok(())
    }
}

/// Whether a node is nothing but its value.
fn plain(t: &Tree) -> bool {
    t.error.is_none() && t.arcs.is_empty() && t.value.is_some()
}

/// The form that stands behind shared ones; None where they lead nowhere or in a circle.
fn follow<'a>(root: &'a Form, form: &'a Form) -> Option<&'a Form> {
    let mut form = form;
    for _ in 0..32 {
        let Form::Shared(path) = form else { return Some(form) };
        form = lookup(root, path)?;
    }
    None
}

/// The field at a dotted path.
fn lookup<'a>(root: &'a Form, path: &str) -> Option<&'a Form> {
    let mut form = root;
    for step in steps(path) {
        let Form::Node(tree) = follow(root, form)? else { return None };
        let named = |l: &str| l.trim_end_matches(['?', '!']) == step;
        form = &tree.arcs.iter().find(|(l, _)| named(l))?.1;
    }
    Some(form)
}

/// The labels of a path; the package of a hidden name is left out.
fn steps(path: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let (mut quoted, mut inside) = (false, 0);
    for c in path.chars() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => inside += 1,
            ')' if !quoted => {
                inside -= 1;
                continue;
            }
            '.' if !quoted && inside == 0 => {
                out.push(String::new());
                continue;
            }
            _ => {}
        }
        if inside == 0
            && let Some(last) = out.last_mut()
        {
            last.push(c);
        }
    }
    out
}

fn text(form: &Form) -> String {
    match form {
        Form::Node(t) => match (&t.value, &t.error) {
            (Some(v), _) => text(v),
            (None, Some((class, messages))) => format!("[{class}] {}", messages.join("; ")),
            (None, None) => {
                let fields: Vec<String> =
                    t.arcs.iter().take(4).map(|(l, f)| format!("{l}: {}", text(f))).collect();
                format!("{}{{{}}}", t.kind, fields.join(", "))
            }
        },
        Form::Shared(path) => format!("~({path})"),
        Form::Terms(t) => {
            let mark = |d: bool| if d { "*" } else { "" };
            let terms: Vec<String> =
                t.iter().map(|(d, f)| format!("{}{}", mark(*d), text(f))).collect();
            terms.join(" | ")
        }
        Form::Parts(t) => t.iter().map(text).collect::<Vec<_>>().join(" & "),
        Form::Call(f, args) => {
            format!("{f}({})", args.iter().map(text).collect::<Vec<_>>().join(", "))
        }
        Form::Text(t) => t.clone(),
    }
}
