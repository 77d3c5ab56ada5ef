//! Tokens: kinds, spelling, binding strength.

use super::ast::BinaryOp;
use super::source::Rel;

/// Kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tok {
    Illegal,
    Eof,
    Comment,
    Attribute,
    Ident,
    Int,
    Float,
    String,
    Interpolation,
    Bottom,
    Add,
    Sub,
    Mul,
    Quo,
    Arrow,
    And,
    Or,
    LogAnd,
    LogOr,
    Bind,
    Eq,
    Lt,
    Gt,
    Not,
    Ne,
    Le,
    Ge,
    Match,
    NotMatch,
    LParen,
    LBrack,
    LBrace,
    Comma,
    Period,
    Ellipsis,
    RParen,
    RBrack,
    RBrace,
    Semicolon,
    Colon,
    Option,
    Func,
    If,
    For,
    In,
    Let,
    True,
    False,
    Null,
}

impl Tok {
    /// The token as shown in messages.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Tok::Illegal => "ILLEGAL",
            Tok::Eof => "EOF",
            Tok::Comment => "COMMENT",
            Tok::Attribute => "ATTRIBUTE",
            Tok::Ident => "IDENT",
            Tok::Int => "INT",
            Tok::Float => "FLOAT",
            Tok::String => "STRING",
            Tok::Interpolation => "INTERPOLATION",
            Tok::Bottom => "_|_",
            Tok::Add => "+",
            Tok::Sub => "-",
            Tok::Mul => "*",
            Tok::Quo => "/",
            Tok::Arrow => "<-",
            Tok::And => "&",
            Tok::Or => "|",
            Tok::LogAnd => "&&",
            Tok::LogOr => "||",
            Tok::Bind => "=",
            Tok::Eq => "==",
            Tok::Lt => "<",
            Tok::Gt => ">",
            Tok::Not => "!",
            Tok::Ne => "!=",
            Tok::Le => "<=",
            Tok::Ge => ">=",
            Tok::Match => "=~",
            Tok::NotMatch => "!~",
            Tok::LParen => "(",
            Tok::LBrack => "[",
            Tok::LBrace => "{",
            Tok::Comma => ",",
            Tok::Period => ".",
            Tok::Ellipsis => "...",
            Tok::RParen => ")",
            Tok::RBrack => "]",
            Tok::RBrace => "}",
            Tok::Semicolon => ";",
            Tok::Colon => ":",
            Tok::Option => "?",
            Tok::Func => "func",
            Tok::If => "if",
            Tok::For => "for",
            Tok::In => "in",
            Tok::Let => "let",
            Tok::True => "true",
            Tok::False => "false",
            Tok::Null => "null",
        }
    }

    /// Words with a meaning of their own; all of them may be labels.
    pub(super) fn is_keyword(self) -> bool {
        self as u8 >= Tok::Func as u8
    }

    /// Tokens whose text matters in messages.
    pub(super) fn is_literal(self) -> bool {
        self as u8 >= Tok::Ident as u8 && self as u8 <= Tok::Bottom as u8
    }

    /// The keyword spelled so, if any.
    pub(super) fn keyword(word: &[u8]) -> Option<Tok> {
        Some(match word {
            b"func" => Tok::Func,
            b"if" => Tok::If,
            b"for" => Tok::For,
            b"in" => Tok::In,
            b"let" => Tok::Let,
            b"true" => Tok::True,
            b"false" => Tok::False,
            b"null" => Tok::Null,
            _ => return None,
        })
    }

    /// The binary operator of this token; words such as `div` are identifiers and not covered.
    pub(super) fn binary(self) -> Option<BinaryOp> {
        Some(match self {
            Tok::Or => BinaryOp::Or,
            Tok::And => BinaryOp::And,
            Tok::LogOr => BinaryOp::LogOr,
            Tok::LogAnd => BinaryOp::LogAnd,
            Tok::Eq => BinaryOp::Eq,
            Tok::Ne => BinaryOp::Ne,
            Tok::Lt => BinaryOp::Lt,
            Tok::Le => BinaryOp::Le,
            Tok::Gt => BinaryOp::Gt,
            Tok::Ge => BinaryOp::Ge,
            Tok::Match => BinaryOp::Match,
            Tok::NotMatch => BinaryOp::NotMatch,
            Tok::Add => BinaryOp::Add,
            Tok::Sub => BinaryOp::Sub,
            Tok::Mul => BinaryOp::Mul,
            Tok::Quo => BinaryOp::Quo,
            _ => return None,
        })
    }
}

/// One scanned token: byte range, spacing and the lines it starts and ends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Tok,
    pub(super) rel: Rel,
    /// A comma that stands for a line end.
    pub(super) implied: bool,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) line: u32,
    pub(super) end_line: u32,
}
