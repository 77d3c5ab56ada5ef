//! Reading JSON text with the text of its numbers kept.

use std::sync::Arc;

use crate::data::Data;
use crate::func::CallError;
use crate::num::Num;

/// Nesting beyond which a text is refused.
const MAX_DEPTH: usize = 1000;

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

type Read<T> = Result<T, CallError>;

/// One value and nothing after it.
pub(crate) fn read(text: &str) -> Read<Data> {
    let mut r = Reader { text, at: 0 };
    let d = r.value(0)?;
    r.space();
    if r.at == text.len() { Ok(d) } else { Err(r.bad()) }
}

/// All values of a stream.
pub(super) fn all(text: &str) -> Read<Vec<Data>> {
    let mut r = Reader { text, at: 0 };
    let mut out = Vec::new();
    loop {
        r.space();
        if r.at == text.len() {
            return Ok(out);
        }
        out.push(r.value(0)?);
    }
}

/// The text without white space, or with lines indented as Go does.
pub(super) fn reformat(text: &str, lines: Option<(&str, &str)>) -> Read<String> {
    read(text)?;
    let mut out = String::with_capacity(text.len());
    let mut depth = 0usize;
    let mut chars = text.chars().peekable();
    let newline = |out: &mut String, depth: usize| {
        if let Some((prefix, indent)) = lines {
            out.push('\n');
            out.push_str(prefix);
            (0..depth).for_each(|_| out.push_str(indent));
        }
    };
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' => {}
            '"' => {
                out.push('"');
                while let Some(c) = chars.next() {
                    out.push(c);
                    match c {
                        '\\' => out.extend(chars.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if(|c| c.is_ascii_whitespace()).is_some() {}
                if let Some(close) = chars.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    newline(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                newline(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                newline(&mut out, depth);
            }
            ':' => out.push_str(if lines.is_some() { ": " } else { ":" }),
            c => out.push(c),
        }
    }
    Ok(out)
}

impl Reader<'_> {
    fn bad(&self) -> CallError {
        CallError::fatal(format!("invalid JSON at offset {}", self.at))
    }

    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn eat(&mut self, token: &str) -> bool {
        let hit = self.text[self.at..].starts_with(token);
        if hit {
            self.at += token.len();
        }
        hit
    }

    fn value(&mut self, depth: usize) -> Read<Data> {
        self.space();
        if depth > MAX_DEPTH {
            return Err(self.bad());
        }
        let first = self.text[self.at..].bytes().next();
        match first {
            Some(b'{') => stacker::maybe_grow(64 << 10, 1 << 20, || self.object(depth)),
            Some(b'[') => stacker::maybe_grow(64 << 10, 1 << 20, || self.array(depth)),
            Some(b'"') => self.string().map(Data::Str),
            _ if self.eat("null") => Ok(Data::Null),
            _ if self.eat("true") => Ok(Data::Bool(true)),
            _ if self.eat("false") => Ok(Data::Bool(false)),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize) -> Read<Data> {
        self.at += 1;
        let mut fields: Vec<(Arc<str>, Data)> = Vec::new();
        self.space();
        if self.eat("}") {
            return Ok(Data::Struct(fields.into()));
        }
        loop {
            self.space();
            let key = self.string()?;
            self.space();
            if !self.eat(":") {
                return Err(self.bad());
            }
            let value = self.value(depth + 1)?;
            match fields.iter_mut().find(|(k, _)| *k == key) {
                Some(known) => known.1 = value,
                None => fields.push((key, value)),
            }
            self.space();
            if self.eat("}") {
                return Ok(Data::Struct(fields.into()));
            }
            if !self.eat(",") {
                return Err(self.bad());
            }
        }
    }

    fn array(&mut self, depth: usize) -> Read<Data> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.eat("]") {
            return Ok(Data::list(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.eat("]") {
                return Ok(Data::list(items));
            }
            if !self.eat(",") {
                return Err(self.bad());
            }
        }
    }

    fn string(&mut self) -> Read<Arc<str>> {
        let rest = &self.text[self.at..];
        if !rest.starts_with('"') {
            return Err(self.bad());
        }
        let mut escaped = false;
        let end = rest.bytes().enumerate().skip(1).find(|(_, b)| {
            let close = *b == b'"' && !escaped;
            escaped = *b == b'\\' && !escaped;
            close
        });
        let Some((end, _)) = end else { return Err(self.bad()) };
        let text: String = serde_json::from_str(&rest[..=end]).map_err(|_| self.bad())?;
        self.at += end + 1;
        Ok(text.into())
    }

    fn number(&mut self) -> Read<Data> {
        let rest = &self.text[self.at..];
        let len = rest
            .find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
            .unwrap_or(rest.len());
        let text = &rest[..len];
        let legal = serde_json::from_str::<serde_json::Number>(text).is_ok() || text.len() > 300;
        match Num::from_json_text(text).filter(|_| legal) {
            Some(n) => {
                self.at += len;
                Ok(Data::Num(n.spelled(text)))
            }
            None => Err(self.bad()),
        }
    }
}
