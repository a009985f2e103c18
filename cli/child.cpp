#include "cli/child.hpp"

#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ; // NOLINT(readability-redundant-declaration): POSIX has it in no header

namespace detent::cli {

Child::Child(const std::vector<std::string>& words) {
    // Whoever stops reading is noticed by what a write says.
    std::signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c)
    int to[2] = {-1, -1};
    int from[2] = {-1, -1};
    if (pipe2(to, O_CLOEXEC) != 0) return;
    if (pipe2(from, O_CLOEXEC) != 0) {
        close(to[0]);
        close(to[1]);
        return;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    std::vector<char*> arguments;
    for (const std::string& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    if (posix_spawnp(&process_, arguments[0], &actions, nullptr, arguments.data(), environ) != 0) process_ = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(to[0]);
    close(from[1]);
    input_ = fdopen(to[1], "w");
    output_ = fdopen(from[0], "r");
}

Child::~Child() {
    if (input_ != nullptr) std::fclose(input_);
    if (output_ != nullptr) std::fclose(output_);
    if (process_ != -1) waitpid(process_, nullptr, 0);
}

bool Child::write_line(const std::string& line) {
    if (process_ == -1 || input_ == nullptr) return false;
    const std::string whole = line + "\n";
    return std::fwrite(whole.data(), 1, whole.size(), input_) == whole.size() && std::fflush(input_) == 0;
}

bool Child::read_line(std::string& line) {
    line.clear();
    if (process_ == -1 || output_ == nullptr) return false;
    for (int next = std::fgetc(output_); next != EOF; next = std::fgetc(output_)) {
        if (next == '\n') return true;
        line.push_back(static_cast<char>(next));
    }
    return !line.empty();
}

} // namespace detent::cli
