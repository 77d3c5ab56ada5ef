//! The reference's debug form as a tree: `label: (kind){ … }`, with the class of an error and its messages.
//!
//! Positions below messages are dropped, and so are lets (they are no part of a value).

/// A node of the tree.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// The kind, without the mark of closedness.
    pub(crate) kind: String,
    /// Whether the mark of closedness stands before the kind.
    pub(crate) closed: bool,
    /// The class of the error and its messages.
    pub(crate) error: Option<(String, Vec<String>)>,
    /// The value of anything but a struct or list.
    pub(crate) value: Option<Form>,
    /// Labels with their markers, and what they hold.
    pub(crate) arcs: Vec<(String, Form)>,
}

/// What a field or a term holds.
#[derive(Debug)]
pub(crate) enum Form {
    Node(Box<Tree>),
    /// `~(path)`
    Shared(String),
    /// `|(…)` with its terms, true for defaults.
    Terms(Vec<(bool, Form)>),
    /// `&(…)`
    Parts(Vec<Form>),
    /// A function and its arguments.
    Call(String, Vec<Form>),
    /// Anything else, as written.
    Text(String),
}

/// Reads one value.
pub(crate) fn parse(text: &str) -> Result<Form, String> {
    let mut p = Reader { text, at: 0 };
    p.blank();
    let form = p.form()?;
    p.blank();
    if p.at == text.len() { Ok(form) } else { Err(p.wrong("the end")) }
}

const CLASSES: [&str; 5] = ["eval", "user", "structural cycle", "incomplete", "cycle"];

impl Tree {
    /// A node that nothing asked for: its conjuncts are printed instead of a value.
    pub(crate) fn is_unevaluated(&self) -> bool {
        self.kind == "_|_" && self.error.is_none()
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn wrong(&self, wanted: &str) -> String {
        let line = self.text[..self.at].matches('\n').count() + 1;
        let near: String = self.rest().chars().take(30).collect();
        format!("line {line}: {near:?} instead of {wanted}")
    }

    fn eat(&mut self, word: &str) -> bool {
        let hit = self.rest().starts_with(word);
        self.at += if hit { word.len() } else { 0 };
        hit
    }

    fn blank(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn form(&mut self) -> Result<Form, String> {
        while self.eat("<TODO: unmarked structural cycle>") {}
        if self.eat("~(") {
            let path = self.closing()?.to_owned();
            if self.eat(" =>") {
                return self.form();
            }
            return Ok(Form::Shared(path));
        }
        if self.eat("|(") {
            return self.list(|p| Ok((p.eat("*"), p.form()?))).map(Form::Terms);
        }
        if self.eat("&(") {
            return self.list(Self::form).map(Form::Parts);
        }
        if let Some(tree) = self.node()? {
            return Ok(Form::Node(Box::new(tree)));
        }
        if let Some(name) = self.callee() {
            return self.list(Self::form).map(|args| Form::Call(name, args));
        }
        let start = self.at;
        self.skip_text();
        Ok(Form::Text(self.text[start..self.at].to_owned()))
    }

    /// The name of a function that is called, without quotes; its parenthesis is consumed.
    fn callee(&mut self) -> Option<String> {
        let named = |c: char| c.is_alphanumeric() || matches!(c, '.' | '/' | '"' | '_');
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches(named).len();
        let name = &rest[..length];
        let whole =
            name.matches('"').count().is_multiple_of(2) && name.contains(char::is_alphanumeric);
        let found = whole && rest[length..].starts_with('(');
        self.at += if found { length + 1 } else { 0 };
        found.then(|| name.replace('"', ""))
    }

    /// The text up to the parenthesis that closes; it is consumed.
    fn closing(&mut self) -> Result<&'a str, String> {
        let start = self.at;
        let mut depth = 1;
        while let Some(c) = self.unquoted() {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            self.at += c.len_utf8();
            if depth == 0 {
                return Ok(&self.text[start..self.at - 1]);
            }
        }
        Err(self.wrong("')'"))
    }

    /// The next character outside quotes; what stands in quotes before it is passed.
    fn unquoted(&mut self) -> Option<char> {
        while self.rest().starts_with(['"', '\'']) {
            self.quoted();
        }
        self.rest().chars().next()
    }

    fn quoted(&mut self) {
        let rest = self.rest();
        let quote = rest.chars().next().unwrap_or('"');
        let mut escaped = false;
        for (i, c) in rest.char_indices().skip(1) {
            if !escaped && c == quote {
                self.at += i + 1;
                return;
            }
            escaped = !escaped && c == '\\';
        }
        self.at = self.text.len();
    }

    fn skip_text(&mut self) {
        let mut depth = 0;
        while let Some(c) = self.unquoted() {
            match c {
                '(' | '[' | '{' | '〈' => depth += 1,
                ')' | ']' | '}' | '〉' if depth > 0 => depth -= 1,
                ')' | ']' | '}' | ',' | '\n' if depth == 0 => return,
                ' ' if depth == 0 && self.rest().starts_with(" }") => return,
                _ => {}
            }
            self.at += c.len_utf8();
        }
    }

    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Result<T, String>) -> Result<Vec<T>, String> {
        let mut items = Vec::new();
        loop {
            if self.eat(")") {
                return Ok(items);
            }
            items.push(item(self)?);
            if !self.eat(", ") && !self.rest().starts_with(')') {
                return Err(self.wrong("',' or ')'"));
            }
        }
    }

    fn node(&mut self) -> Result<Option<Tree>, String> {
        let start = self.at;
        if !self.eat("(") {
            return Ok(None);
        }
        let kind = self.closing()?;
        if !self.eat("{") {
            self.at = start;
            return Ok(None);
        }
        let closed = kind.starts_with('#');
        let kind = kind.trim_start_matches('#').to_owned();
        let mut tree = Tree { kind, closed, ..Tree::default() };
        if self.eat(" ") {
            tree.value = Some(self.form()?);
            return if self.eat(" }") { Ok(Some(tree)) } else { Err(self.wrong("' }'")) };
        }
        loop {
            self.blank();
            if self.eat("}") {
                return Ok(Some(tree));
            }
            if self.at == self.text.len() {
                return Err(self.wrong("'}'"));
            }
            self.item(&mut tree)?;
        }
    }

    fn item(&mut self, tree: &mut Tree) -> Result<(), String> {
        if self.eat("//") {
            let line = self.rest().split('\n').next().unwrap_or("");
            self.at += line.len();
            note(tree, line);
            return Ok(());
        }
        if self.is_let() {
            while !self.eat(" = ") {
                self.at += 1;
            }
            return self.form().map(drop);
        }
        if let Some(label) = self.label() {
            let form = self.form()?;
            // A field whose presence was never decided is none.
            if !label.ends_with('*') {
                tree.arcs.push((label, form));
            }
            return Ok(());
        }
        tree.value = Some(self.form()?);
        Ok(())
    }

    fn is_let(&self) -> bool {
        let line = self.rest().split('\n').next().unwrap_or("");
        line.starts_with("let ") && line.contains(" = ")
    }

    /// `name: `, with its marker; the package of a hidden name is left out.
    fn label(&mut self) -> Option<String> {
        let start = self.at;
        if self.rest().starts_with('"') {
            self.quoted();
        } else {
            let name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '#' | '$');
            self.at += self.rest().len() - self.rest().trim_start_matches(name).len();
        }
        let mut label = self.text[start..self.at].to_owned();
        if !label.is_empty() && self.eat("(") {
            let _ = self.closing().ok()?;
        }
        for marker in ["?", "!", "*"] {
            if self.eat(marker) {
                label.push_str(marker);
            }
        }
        let found = !label.is_empty() && self.eat(": ");
        if !found {
            self.at = start;
        }
        found.then_some(label)
    }
}

/// Takes in a comment line: the class with the first message, a further message, or a position (dropped).
fn note(tree: &mut Tree, line: &str) {
    let text = line.strip_prefix(' ').unwrap_or(line);
    if let Some((class, message)) = text.strip_prefix('[').and_then(|t| t.split_once(']'))
        && tree.error.is_none()
        && CLASSES.contains(&class)
    {
        let first = message.trim().trim_end_matches(':').to_owned();
        let messages = if first.is_empty() { Vec::new() } else { vec![first] };
        tree.error = Some((class.to_owned(), messages));
        return;
    }
    if let Some((_, messages)) = &mut tree.error
        && !text.starts_with("   ")
    {
        messages.push(text.trim_end_matches(':').to_owned());
    }
}
