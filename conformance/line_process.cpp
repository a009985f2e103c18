#include "conformance/line_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace detent::conformance {

namespace {

[[noreturn]] void fail(const std::string& what) { throw ProcessError(what + ": " + std::strerror(errno)); }

void close_quietly(int& descriptor) {
    if (descriptor >= 0) ::close(descriptor);
    descriptor = -1;
}

/// Two connected ends. Ours does not block; a socket, so that writing to a program that has ended raises no signal.
struct Channel {
    Channel() {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("no channel to the engine");
        ours = ends[0];
        theirs = ends[1];
        if (::fcntl(ours, F_SETFL, O_NONBLOCK) != 0) fail("no channel to the engine");
    }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel() {
        close_quietly(ours);
        close_quietly(theirs);
    }

    int ours = -1;
    int theirs = -1;
};

/// What the new process is given: the channels as its standard input and output, a group, and signals as usual.
class Start {
  public:
    Start(int input, int output) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        posix_spawnattr_init(&attributes_);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
        posix_spawnattr_setpgroup(&attributes_, 0);
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes_, &none);
    }
    Start(const Start&) = delete;
    Start& operator=(const Start&) = delete;
    ~Start() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }

    [[nodiscard]] pid_t run(const std::vector<std::string>& words) const {
        std::vector<char*> arguments;
        arguments.reserve(words.size() + 1);
        for (const std::string& word : words)
            arguments.push_back(const_cast<char*>(word.c_str()));
        arguments.push_back(nullptr);
        pid_t process = -1;
        errno = posix_spawnp(&process, arguments[0], &actions_, &attributes_, arguments.data(), environ);
        if (errno != 0) fail("cannot start " + words.front());
        return process;
    }

  private:
    posix_spawn_file_actions_t actions_;
    posix_spawnattr_t attributes_;
};

/// Takes one word from the front of a command that begins with no space.
std::string take_word(std::string_view& command) {
    std::string word;
    char quote = 0;
    while (!command.empty() && (quote != 0 || command.front() != ' ')) {
        const char character = command.front();
        command.remove_prefix(1);
        if (quote == 0 && (character == '"' || character == '\'')) {
            quote = character;
        } else if (character == quote) {
            quote = 0;
        } else {
            word += character;
        }
    }
    if (quote != 0) throw ProcessError("a quote is left open in the command");
    return word;
}

} // namespace

std::vector<std::string> words_of(std::string_view command) {
    std::vector<std::string> words;
    while (true) {
        command.remove_prefix(std::min(command.find_first_not_of(' '), command.size()));
        if (command.empty()) break;
        words.push_back(take_word(command));
    }
    if (words.empty()) throw ProcessError("the command is empty");
    return words;
}

LineProcess::LineProcess(const std::vector<std::string>& words) {
    Channel input;
    Channel output;
    process_ = Start(input.theirs, output.theirs).run(words);
    std::swap(input_, input.ours);
    std::swap(output_, output.ours);
}

LineProcess::~LineProcess() {
    close_quietly(input_);
    close_quietly(output_);
    if (process_ < 0) return;
    ::kill(-process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
}

std::string LineProcess::ask(std::string_view line, std::chrono::milliseconds patience, std::size_t most) {
    using Clock = std::chrono::steady_clock;
    if (!received_.empty()) throw ProcessError("the engine spoke without being asked");
    const std::string text = std::string(line) + "\n";
    std::string_view pending = text;
    const Clock::time_point end = Clock::now() + patience;
    while (received_.find('\n') == std::string::npos) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
        if (left <= 0) throw ProcessError("no answer within " + std::to_string(patience.count()) + " ms");
        std::array<pollfd, 2> waits{pollfd{output_, POLLIN, 0}, pollfd{pending.empty() ? -1 : input_, POLLOUT, 0}};
        if (::poll(waits.data(), waits.size(), static_cast<int>(std::min<long long>(left, 1000))) < 0) continue;
        if (waits[0].revents != 0) receive_some(most);
        if (waits[1].revents != 0) send_some(pending);
    }
    std::string answer = received_.substr(0, received_.find('\n'));
    received_.erase(0, answer.size() + 1);
    if (!received_.empty()) throw ProcessError("the engine answered more than it was asked");
    return answer;
}

void LineProcess::send_some(std::string_view& text) {
    const ssize_t sent = ::send(input_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
        text.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EINTR && errno != EAGAIN) {
        fail("the engine no longer listens");
    }
}

void LineProcess::receive_some(std::size_t most) {
    std::array<char, 1 << 16> piece;
    const ssize_t size = ::read(output_, piece.data(), piece.size());
    if (size == 0) throw ProcessError("the engine has ended");
    if (size < 0 && errno != EINTR && errno != EAGAIN) fail("the engine cannot be heard");
    if (size > 0) received_.append(piece.data(), static_cast<std::size_t>(size));
    if (received_.size() > most) throw ProcessError("an answer of more than " + std::to_string(most) + " bytes");
}

} // namespace detent::conformance
