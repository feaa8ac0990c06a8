//! Texts: letters, pages, words and link tokens.

mod fixture;
mod letters;
mod pages;
mod tokens;
mod words;
