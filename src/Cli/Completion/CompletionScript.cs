namespace Kontinue.Cli.Completion;

/// <summary>
/// The scripts that teach shells to complete the command. Each passes the line without its first word to the suggest directive, so that it
/// does not matter by which name or path the command was called, and what comes back is never evaluated by the shell.
/// </summary>
internal static class CompletionScript
{
    public static readonly IReadOnlyDictionary<string, string> All = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["bash"] = Bash, ["zsh"] = Zsh, ["fish"] = Fish, ["powershell"] = PowerShell,
    };

    private const string Bash = """
        # kontinue completion for bash. Load it with: source <(kontinue completion bash)
        _kontinue_complete() {
            local line="${COMP_LINE:0:COMP_POINT}" rest current candidate
            line="${line#"${line%%[![:space:]]*}"}"
            rest="${line#*[[:space:]]}"
            # What is before the last break is not replaced by bash: with the usual breaks, '=' and ':' part words.
            current="${COMP_WORDS[COMP_CWORD]}"
            COMPREPLY=()
            while IFS= read -r candidate; do
                if [[ "$candidate" == "$current"* ]]; then
                    COMPREPLY+=("$candidate")
                fi
            done < <("${COMP_WORDS[0]}" "[suggest:${#rest}]" "$rest" 2>/dev/null)
        }
        complete -o default -F _kontinue_complete kontinue
        """;

    private const string Zsh = """
        #compdef kontinue
        # kontinue completion for zsh. Load it with: source <(kontinue completion zsh)
        _kontinue() {
            local rest="${LBUFFER#*[[:space:]]}"
            local -a candidates
            candidates=("${(@f)$("${words[1]}" "[suggest:${#rest}]" "$rest" 2>/dev/null)}")
            candidates=(${candidates:#})
            if (( ${#candidates} )); then
                compadd -- "${candidates[@]}"
            else
                _files
            fi
        }
        if [[ "$funcstack[1]" == "_kontinue" ]]; then
            _kontinue "$@"
        else
            compdef _kontinue kontinue
        fi
        """;

    private const string Fish = """
        # kontinue completion for fish. Load it with: kontinue completion fish | source
        function __kontinue_complete
            set -l rest (commandline -cp | string replace -r '^\s*\S+\s?' '')
            kontinue "[suggest:"(string length -- "$rest")"]" "$rest" 2>/dev/null
        end
        complete -c kontinue -a '(__kontinue_complete)'
        """;

    private const string PowerShell = """
        # kontinue completion for PowerShell. Load it with: kontinue completion powershell | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName kontinue -ScriptBlock {
            param($wordToComplete, $commandAst, $cursorPosition)
            $line = $commandAst.ToString().PadRight($cursorPosition).Substring(0, $cursorPosition)
            $rest = $line -replace '^\s*\S+\s?', ''
            kontinue "[suggest:$($rest.Length)]" "$rest" 2>$null | Where-Object { $_ -like "$wordToComplete*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;
}
