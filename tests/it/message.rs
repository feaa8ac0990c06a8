//! Texts: letters, pages, words and link tokens.

mod fixture;
mod letters;
mod notice;
mod pages;
mod tokens;
mod words;
