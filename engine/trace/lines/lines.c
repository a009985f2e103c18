// The source of the modules beside it, built by build.sh. Lines of it are what the tests look for.
static unsigned triangle(unsigned n) {
    unsigned sum = 0;
    for (unsigned i = 1; i <= n; ++i)
        sum += i * i;
    return sum;
}

__attribute__((noinline)) static unsigned divided(unsigned n, unsigned by) {
    if (by == 0)
        return 0;
    return n / by;
}

__attribute__((noinline, unused)) static unsigned dropped(unsigned n) { return n + 1; }

__attribute__((export_name("work"))) unsigned work(unsigned n) {
    unsigned total = triangle(n);
    total += divided(total, n);
    return total ^
           divided(n, 3);
}
