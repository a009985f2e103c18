// wasm3, as a program that speaks the protocol of bench/README.md. It compiles a function on its first call, with
// variant `eager` all of a module at once; version 0.5 validates nothing. A module belongs to its instance, so that each
// instance parses anew.

#include "m3_env.h"
#include "wasm3.h"

#include <inttypes.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { kStackBytes = 1 << 16, kSpawns = 100, kCalls = 10000, kKept = 16 };

static bool eager;
static uint8_t* bytes;
static uint32_t size;

static void check(M3Result result) {
    if (result == m3Err_none) return;
    fprintf(stderr, "%s\n", result);
    exit(1);
}

static void read_file(const char* path) {
    FILE* const file = fopen(path, "rb");
    if (file == NULL) check("cannot open the module");
    fseek(file, 0, SEEK_END);
    size = (uint32_t)ftell(file);
    rewind(file);
    bytes = malloc(size);
    if (bytes == NULL || fread(bytes, 1, size, file) != size) check("cannot read the module");
    fclose(file);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static IM3Runtime instantiate(IM3Environment environment) {
    IM3Module module;
    check(m3_ParseModule(environment, &module, bytes, size));
    const IM3Runtime runtime = m3_NewRuntime(environment, kStackBytes, NULL);
    check(m3_LoadModule(runtime, module));
    if (eager) check(m3_CompileModule(module));
    return runtime;
}

static IM3Function find(IM3Runtime runtime, const char* name) {
    IM3Function function;
    check(m3_FindFunction(&function, runtime, name));
    return function;
}

static int64_t call(IM3Function function, int32_t argument) {
    int64_t result = 0;
    check(m3_CallV(function, argument));
    check(m3_GetResultsV(function, &result));
    return result;
}

struct work {
    IM3Environment environment;
    IM3Function function;
    const char* name;
    int32_t argument;
};

static int64_t run(const struct work* work) { return call(work->function, work->argument); }

static int64_t start(const struct work* work) {
    m3_FreeRuntime(instantiate(work->environment));
    return 0;
}

static int64_t spawn(const struct work* work) {
    int64_t sum = 0;
    for (int i = 0; i < kSpawns; ++i) {
        const IM3Runtime runtime = instantiate(work->environment);
        sum = (int64_t)((uint64_t)sum + (uint64_t)call(find(runtime, work->name), work->argument));
        m3_FreeRuntime(runtime);
    }
    return sum;
}

static int64_t calls(const struct work* work) {
    int64_t sum = 0;
    for (int i = 0; i < kCalls; ++i)
        sum = (int64_t)((uint64_t)sum + (uint64_t)run(work));
    return sum;
}

// The least seconds of the rounds; *result is what every one of them gave.
static double least(int64_t (*one)(const struct work*), const struct work* work, int rounds, int64_t* result) {
    double seconds = INFINITY;
    for (int i = 0; i < rounds; ++i) {
        const double begun = now();
        const int64_t given = one(work);
        seconds = fmin(seconds, now() - begun);
        if (i > 0 && given != *result) check("two rounds gave different results");
        *result = given;
    }
    return seconds;
}

static void print(double seconds, int64_t result) {
    printf("{\"seconds\": %e, \"result\": \"%" PRId64 "\"}\n", seconds, result);
}

// The bytes that malloc has given out.
static size_t held(void) {
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

// What an instance takes that has run once, with its module, which it owns; the first is not counted, since what it
// takes may serve the others.
static void memory(const struct work* work) {
    size_t first = 0;
    int64_t result = 0;
    for (int i = 0; i <= kKept; ++i) {
        const IM3Runtime runtime = instantiate(work->environment);
        result = call(find(runtime, work->name), work->argument);
        if (i == 0) first = held();
    }
    printf("{\"instance\": %zu, \"result\": \"%" PRId64 "\"}\n", (held() - first) / kKept, result);
}

int main(int count, char** words) {
    ++words, --count;
    if (count > 2 && strcmp(words[0], "--variant") == 0) {
        eager = strcmp(words[1], "eager") == 0;
        words += 2, count -= 2;
    }
    struct work work = {.environment = m3_NewEnvironment()};
    int64_t result = 0;
    if (count == 3 && strcmp(words[0], "--start") == 0) {
        read_file(words[1]);
        printf("{\"seconds\": %e}\n", least(start, &work, atoi(words[2]), &result));
        return 0;
    }
    const bool spawns = count == 5 && strcmp(words[0], "--spawn") == 0;
    const bool repeats = count == 5 && strcmp(words[0], "--calls") == 0;
    const bool kept = count == 4 && strcmp(words[0], "--memory") == 0;
    if (!spawns && !repeats && count != 4) return fprintf(stderr, "usage: wasm3 CASE.wasm EXPORT ARG ROUNDS\n"), 2;
    words += spawns || repeats || kept;
    read_file(words[0]);
    work.name = words[1];
    work.argument = (int32_t)strtol(words[2], NULL, 10);
    if (kept) return memory(&work), 0;
    if (spawns) {
        const double seconds = least(spawn, &work, atoi(words[3]), &result);
        print(seconds / kSpawns, result);
        return 0;
    }
    work.function = find(instantiate(work.environment), work.name);
    const double seconds = least(repeats ? calls : run, &work, atoi(words[3]), &result);
    print(repeats ? seconds / kCalls : seconds, result);
    return 0;
}
