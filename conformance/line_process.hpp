// LineProcess: a program that answers each line it is sent with one line.
#pragma once

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace detent::conformance {

/// Why the program cannot be asked any more.
class ProcessError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The words of a command, split at spaces; single or double quotes hold a word together. Throws ProcessError if a
/// quote is left open or there is no word.
[[nodiscard]] std::vector<std::string> words_of(std::string_view command);

/// Owns the process, which leads a process group of its own. Its standard error is ours. The destructor ends the whole
/// group.
class LineProcess {
  public:
    /// Throws ProcessError if the program cannot be started.
    explicit LineProcess(const std::vector<std::string>& words);
    LineProcess(const LineProcess&) = delete;
    LineProcess& operator=(const LineProcess&) = delete;
    ~LineProcess();

    /// Sends a line and waits for the answer, which comes without its line feed. Throws ProcessError if the program
    /// ends, is silent for longer than `patience` in all, answers more than `most` bytes, or spoke without being asked.
    [[nodiscard]] std::string ask(std::string_view line, std::chrono::milliseconds patience, std::size_t most);

  private:
    void send_some(std::string_view& text);
    void receive_some(std::size_t most);

    pid_t process_ = -1;
    int input_ = -1;
    int output_ = -1;
    std::string received_;
};

} // namespace detent::conformance
