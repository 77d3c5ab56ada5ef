//! What Go says about JSON: why a text is none, and how its values are printed in messages.
//!
//! Only words: what is read is what `serde_json` reads. The check keeps its own stack, so that depth
//! cannot exhaust the thread's. Source: `encoding/json`, scanner and decoder.

use serde_json::{Map, Value};

const END: &str = "unexpected end of JSON input";

/// Whether a text is a JSON object or null; otherwise why not. It may be deeper than can be read.
pub(crate) fn object(text: &[u8]) -> Result<(), String> {
    check(text)?;
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{' | b'n') => Ok(()),
        _ => Err(cannot_unmarshal(kind(&read(text)?), ANY_MAP)),
    }
}

/// Reads a text, or says why it cannot be read.
pub(crate) fn read(text: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(text).map_err(|why| unreadable(text, &why))
}

/// Why a text could not be read: in Go's words, unless Go would read it.
pub(crate) fn unreadable(text: &[u8], why: &serde_json::Error) -> String {
    check(text).err().unwrap_or_else(|| why.to_string())
}

/// Go's type of any JSON object.
pub(crate) const ANY_MAP: &str = "map[string]interface {}";

/// Why a value of a kind is not one of a Go type.
pub(crate) fn cannot_unmarshal(kind: &str, ty: &str) -> String {
    format!("json: cannot unmarshal {kind} into Go value of type {ty}")
}

/// What Go's decoder calls a value.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Why a text is no JSON.
pub(crate) fn check(text: &[u8]) -> Result<(), String> {
    let mut scan = Scan { text, at: 0, open: Vec::new() };
    let mut next = Next::Value;
    loop {
        next = match (next, scan.open.last()) {
            (Next::Value, _) => scan.value()?,
            (Next::Key, _) => scan.key()?,
            (Next::After, Some(open)) => scan.after_in(*open)?,
            (Next::After, None) => break,
        };
    }
    match scan.peek() {
        None => Ok(()),
        Some(byte) => Err(unexpected(byte, "after top-level value")),
    }
}

/// What is read next.
enum Next {
    Value,
    Key,
    /// What follows a value.
    After,
}

fn unexpected(byte: u8, place: &str) -> String {
    let shown = match byte {
        b'\'' => r"\'".to_owned(),
        b'"' => "\"".to_owned(),
        b'\\' => r"\\".to_owned(),
        b'\n' => r"\n".to_owned(),
        b'\r' => r"\r".to_owned(),
        b'\t' => r"\t".to_owned(),
        0x20..=0x7e | 0xa1..=0xac | 0xae.. => char::from(byte).to_string(),
        0x80..=0xa0 | 0xad => format!(r"\u{byte:04x}"),
        _ => format!(r"\x{byte:02x}"),
    };
    format!("invalid character '{shown}' {place}")
}

/// A place in a text, and the brackets that are open there.
struct Scan<'a> {
    text: &'a [u8],
    at: usize,
    open: Vec<u8>,
}

impl Scan<'_> {
    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn take(&mut self) -> Result<u8, String> {
        let byte = self.text.get(self.at).copied().ok_or(END)?;
        self.at += 1;
        Ok(byte)
    }

    /// A value, or the opening of one.
    fn value(&mut self) -> Result<Next, String> {
        match self.peek().ok_or(END)? {
            open @ (b'{' | b'[') => return Ok(self.opened(open)),
            b'"' => self.string()?,
            b't' => self.literal("true")?,
            b'f' => self.literal("false")?,
            b'n' => self.literal("null")?,
            b'-' | b'0'..=b'9' => self.number()?,
            byte => return Err(unexpected(byte, "looking for beginning of value")),
        }
        Ok(Next::After)
    }

    fn opened(&mut self, open: u8) -> Next {
        self.at += 1;
        let close = if open == b'{' { b'}' } else { b']' };
        if self.peek() == Some(close) {
            self.at += 1;
            return Next::After;
        }
        self.open.push(open);
        if open == b'{' { Next::Key } else { Next::Value }
    }

    fn key(&mut self) -> Result<Next, String> {
        match self.peek().ok_or(END)? {
            b'"' => self.string()?,
            byte => {
                return Err(unexpected(byte, "looking for beginning of object key string"));
            }
        }
        match self.peek().ok_or(END)? {
            b':' => self.at += 1,
            byte => return Err(unexpected(byte, "after object key")),
        }
        Ok(Next::Value)
    }

    /// What follows a value inside of brackets.
    fn after_in(&mut self, open: u8) -> Result<Next, String> {
        let byte = self.peek().ok_or(END)?;
        self.at += 1;
        match (open, byte) {
            (b'{', b',') => Ok(Next::Key),
            (b'[', b',') => Ok(Next::Value),
            (b'{', b'}') | (b'[', b']') => {
                self.open.pop();
                Ok(Next::After)
            }
            (b'{', _) => Err(unexpected(byte, "after object key:value pair")),
            _ => Err(unexpected(byte, "after array element")),
        }
    }

    fn string(&mut self) -> Result<(), String> {
        self.at += 1;
        loop {
            match self.take()? {
                b'"' => return Ok(()),
                b'\\' => self.escape()?,
                byte if byte < 0x20 => return Err(unexpected(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), String> {
        match self.take()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(()),
            b'u' => (0..4).try_for_each(|_| match self.take()? {
                byte if byte.is_ascii_hexdigit() => Ok(()),
                byte => Err(unexpected(byte, r"in \u hexadecimal character escape")),
            }),
            byte => Err(unexpected(byte, "in string escape code")),
        }
    }

    fn literal(&mut self, word: &str) -> Result<(), String> {
        for expected in word.bytes() {
            let byte = self.take()?;
            if byte != expected {
                let expected = char::from(expected);
                let place = format!("in literal {word} (expecting '{expected}')");
                return Err(unexpected(byte, &place));
            }
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), String> {
        if self.text.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        match self.text.get(self.at) {
            Some(b'0') => self.at += 1,
            _ => self.digits("in numeric literal")?,
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.text.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.text.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        Ok(())
    }

    fn digits(&mut self, place: &str) -> Result<(), String> {
        match self.take()? {
            byte if byte.is_ascii_digit() => {}
            byte => return Err(unexpected(byte, place)),
        }
        while self.text.get(self.at).is_some_and(u8::is_ascii_digit) {
            self.at += 1;
        }
        Ok(())
    }
}

/// A value as Go's `%v` prints it.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let parts: Vec<String> = list.iter().map(text).collect();
            format!("[{}]", parts.join(" "))
        }
        Value::Object(map) => {
            format!("map[{}]", entries(map, " ", |k, v| format!("{k}:{}", text(v))))
        }
        other => other.to_string(),
    }
}

/// A value as Go's `%#v` prints it.
pub(crate) fn syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(list) => {
            let parts: Vec<String> = list.iter().map(syntax).collect();
            format!("[]interface {{}}{{{}}}", parts.join(", "))
        }
        Value::Object(map) => {
            let entries = entries(map, ", ", |k, v| format!("{k:?}:{}", syntax(v)));
            format!("{ANY_MAP}{{{entries}}}")
        }
        other => other.to_string(),
    }
}

fn entries(
    map: &Map<String, Value>,
    between: &str,
    show: impl Fn(&String, &Value) -> String,
) -> String {
    let mut sorted: Vec<(&String, &Value)> = map.iter().collect();
    sorted.sort_by_key(|(key, _)| *key);
    let parts: Vec<String> = sorted.into_iter().map(|(k, v)| show(k, v)).collect();
    parts.join(between)
}

/// The type that Go reads a value into, as `%T` prints it.
pub(crate) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => ANY_MAP,
    }
}

/// The first bytes of a body as messages about unreadable bodies quote them.
pub(crate) fn excerpt(text: &[u8]) -> String {
    const SHOWN: usize = 30;
    if text.is_empty() {
        return "<empty>".to_owned();
    }
    let head = &text[..text.len().min(SHOWN)];
    let more = if text.len() > SHOWN { " ..." } else { "" };
    match text[0] {
        b'{' => format!("{}{more}", String::from_utf8_lossy(head)),
        _ => {
            let hex: String = head.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{hex}{more}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects() {
        let other = |kind: &str| Err(cannot_unmarshal(kind, ANY_MAP));
        let deep = format!("{}1{}", r#"{"a":"#.repeat(1000), "}".repeat(1000));
        let table = [
            (" {}", Ok(())),
            ("null", Ok(())),
            (deep.as_str(), Ok(())),
            ("[1]", other("array")),
            ("\"a\"", other("string")),
            (" 1", other("number")),
            ("true", other("bool")),
            ("{", Err(END.to_owned())),
        ];
        for (text, expected) in table {
            assert_eq!(object(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn words() {
        let table = [
            ("", END),
            (r#"{"a":"#, END),
            (r#"{"a":1"#, END),
            ("nul", END),
            ("i", "invalid character 'i' looking for beginning of value"),
            ("{a", "invalid character 'a' looking for beginning of object key string"),
            (r#"{"a":1,}"#, "invalid character '}' looking for beginning of object key string"),
            (r#"{"a" 1}"#, "invalid character '1' after object key"),
            (r#"{"a":1 "b"}"#, "invalid character '\"' after object key:value pair"),
            ("[1 2]", "invalid character '2' after array element"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("1 2", "invalid character '2' after top-level value"),
            ("\"a\nb\"", r"invalid character '\n' in string literal"),
            (r#""\q""#, "invalid character 'q' in string escape code"),
            ("trux", "invalid character 'x' in literal true (expecting 'e')"),
            ("-x", "invalid character 'x' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("\u{e9}", "invalid character 'Ã' looking for beginning of value"),
        ];
        for (text, expected) in table {
            assert_eq!(check(text.as_bytes()), Err(expected.to_owned()), "{text}");
        }
        for text in ["{}", r#" {"a": [1, -2.5e+3, true, null, "\u00e9\n"], "b": {}} "#, "0"] {
            assert_eq!(check(text.as_bytes()), Ok(()), "{text}");
        }
        assert_eq!(check("[".repeat(100_000).as_bytes()), Err(END.to_owned()));
    }
}
