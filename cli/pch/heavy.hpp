// Compiled once for the whole program: the two headers that take most of the time of compiling its sources. Every
// source still includes what it uses.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
