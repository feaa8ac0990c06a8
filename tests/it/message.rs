//! Texts: letters, pages, words and link tokens.

mod bands;
mod call_list;
mod cast;
mod chart;
mod entries;
mod fixture;
mod letters;
mod notice;
mod own;
mod pages;
mod press;
mod reply;
mod report;
mod tokens;
mod words;
