//! The words of a template: literal text, and what stands between the double braces.

use crate::compile::literal::simple_escape;

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Text(String),
    /// `{{`
    Open,
    /// `}}`
    Close,
    Space,
    /// `.` alone
    Dot,
    /// `.name`
    Field(String),
    /// `$name`, or `$` with an empty name
    Variable(String),
    Word(String),
    Quoted(String),
    Number(String),
    Char(u32),
    Declare,
    Assign,
    Pipe,
    Comma,
    Left,
    Right,
}

const TRIM: &[char] = &[' ', '\t', '\r', '\n'];

/// The words of a whole template.
pub(super) fn lex(source: &str) -> Result<Vec<Token>, String> {
    let mut out = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find("{{") {
        let (text, after) = rest.split_at(at);
        let mut body = &after[2..];
        let trim_left = body.starts_with('-') && body[1..].starts_with(TRIM);
        let text = if trim_left { text.trim_end_matches(TRIM) } else { text };
        if !text.is_empty() {
            out.push(Token::Text(text.to_owned()));
        }
        if trim_left {
            body = &body[1..];
        }
        let comment = body.trim_start_matches(if trim_left { TRIM } else { &[] });
        rest = match comment.strip_prefix("/*") {
            Some(comment) => skip_comment(comment)?,
            None => {
                out.push(Token::Open);
                let rest = action(body, &mut out)?;
                out.push(Token::Close);
                rest
            }
        };
    }
    if !rest.is_empty() {
        out.push(Token::Text(rest.to_owned()));
    }
    Ok(out)
}

fn skip_comment(body: &str) -> Result<&str, String> {
    let end = body.find("*/").ok_or("unclosed comment")?;
    close(&body[end + 2..]).ok_or_else(|| "comment ends before closing delimiter".to_owned())
}

/// What follows a closing delimiter, blanks trimmed where it says so.
fn close(rest: &str) -> Option<&str> {
    if let Some(after) = rest.strip_prefix("}}") {
        return Some(after);
    }
    let after = rest.strip_prefix(TRIM)?.trim_start_matches(TRIM).strip_prefix("-}}")?;
    Some(after.trim_start_matches(TRIM))
}

/// The words of one action; returns what follows it.
fn action<'a>(body: &'a str, out: &mut Vec<Token>) -> Result<&'a str, String> {
    let mut rest = body;
    let mut open = 0usize;
    loop {
        if let Some(after) = close(rest) {
            return if open == 0 { Ok(after) } else { Err("unclosed left paren".to_owned()) };
        }
        let Some(c) = rest.chars().next() else { return Err("unclosed action".to_owned()) };
        let (token, len) = match c {
            c if TRIM.contains(&c) => {
                (Token::Space, rest.len() - rest.trim_start_matches(TRIM).len())
            }
            '|' => (Token::Pipe, 1),
            ',' => (Token::Comma, 1),
            '=' => (Token::Assign, 1),
            ':' if rest.starts_with(":=") => (Token::Declare, 2),
            ':' => return Err("expected :=".to_owned()),
            '(' => {
                open += 1;
                (Token::Left, 1)
            }
            ')' => {
                open = open.checked_sub(1).ok_or("unexpected right paren")?;
                (Token::Right, 1)
            }
            '"' | '`' | '\'' => quoted(rest, c)?,
            '.' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let name = word(&rest[1..]);
                let token =
                    if name.is_empty() { Token::Dot } else { Token::Field(name.to_owned()) };
                (token, 1 + name.len())
            }
            '$' => {
                let name = word(&rest[1..]);
                (Token::Variable(name.to_owned()), 1 + name.len())
            }
            '+' | '-' | '.' | '0'..='9' => {
                let number = number(rest);
                (Token::Number(number.to_owned()), number.len())
            }
            c if c == '_' || c.is_alphabetic() => {
                let name = word(rest);
                (Token::Word(name.to_owned()), name.len())
            }
            c => return Err(format!("unrecognized character in action: {c:?}")),
        };
        let name = matches!(
            token,
            Token::Dot | Token::Field(_) | Token::Variable(_) | Token::Word(_) | Token::Number(_)
        );
        out.push(token);
        rest = &rest[len..];
        if name && !at_end_of_name(rest) {
            return Err(format!("bad character {:?}", rest.chars().next().unwrap_or(' ')));
        }
    }
}

fn at_end_of_name(rest: &str) -> bool {
    rest.is_empty()
        || rest.starts_with(|c: char| TRIM.contains(&c) || ".,|:)(=".contains(c))
        || rest.starts_with("}}")
}

fn word(s: &str) -> &str {
    &s[..s.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(s.len())]
}

fn number(s: &str) -> &str {
    let mut end = 0;
    let mut previous = ' ';
    for c in s.chars() {
        let sign =
            matches!(c, '+' | '-') && (end == 0 || matches!(previous, 'e' | 'E' | 'p' | 'P'));
        if !(sign || c.is_ascii_alphanumeric() || matches!(c, '.' | '_')) {
            break;
        }
        previous = c;
        end += c.len_utf8();
    }
    &s[..end]
}

fn quoted(s: &str, quote: char) -> Result<(Token, usize), String> {
    let unclosed = || match quote {
        '`' => "unterminated raw quoted string".to_owned(),
        '\'' => "unterminated character constant".to_owned(),
        _ => "unterminated quoted string".to_owned(),
    };
    if quote == '`' {
        let end = s[1..].find('`').ok_or_else(unclosed)?;
        return Ok((Token::Quoted(s[1..=end].replace('\r', "")), end + 2));
    }
    let mut bytes = Vec::new();
    let mut rest = &s[1..];
    loop {
        let c = rest.chars().next().filter(|c| *c != '\n').ok_or_else(unclosed)?;
        if c == quote {
            break;
        }
        if c != '\\' {
            bytes.extend(c.to_string().as_bytes());
            rest = &rest[c.len_utf8()..];
            continue;
        }
        rest = escape(&rest[1..], quote, &mut bytes).ok_or("invalid syntax")?;
    }
    let len = s.len() - rest.len() + 1;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if quote == '"' {
        return Ok((Token::Quoted(text), len));
    }
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => Ok((Token::Char(u32::from(c)), len)),
        _ => Err("malformed character constant".to_owned()),
    }
}

/// One escape of a Go literal after its backslash.
fn escape<'a>(s: &'a str, quote: char, out: &mut Vec<u8>) -> Option<&'a str> {
    let c = s.chars().next()?;
    let rest = &s[c.len_utf8()..];
    if let Some(simple) = simple_escape(c) {
        out.push(simple);
        return Some(rest);
    }
    let simple = match c {
        c if c == quote => c as u8,
        'x' => {
            out.push(u8::from_str_radix(rest.get(..2)?, 16).ok()?);
            return rest.get(2..);
        }
        'u' | 'U' => {
            let len = if c == 'u' { 4 } else { 8 };
            let code = char::from_u32(u32::from_str_radix(rest.get(..len)?, 16).ok()?)?;
            out.extend(code.to_string().as_bytes());
            return rest.get(len..);
        }
        '0'..='7' => {
            out.push(u8::from_str_radix(s.get(..3)?, 8).ok()?);
            return s.get(3..);
        }
        _ => return None,
    };
    out.push(simple);
    Some(rest)
}
