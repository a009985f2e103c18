// Compiled once for each program of tests: the two headers that take most of the time of compiling its sources. Every
// source still includes what it uses.
#include <catch2/catch.hpp>
#include <rapidcheck.h>
