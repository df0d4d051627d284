// Windows starts nothing but an .exe without a shell. This one runs a script with Node: the file beside it, of its own
// name with .txt, has Node's path, the script's, and NAME=VALUE of the environment, a line each. Its own arguments are
// handed on as they were written. Compiled by the compiler of .NET Framework, which is part of Windows (C# 5).
using System;
using System.Diagnostics;
using System.IO;
using System.Reflection;

static class Launcher
{
  static int Main()
  {
    string[] lines = File.ReadAllLines(Path.ChangeExtension(Assembly.GetEntryAssembly().Location, ".txt"));
    string line = Environment.CommandLine;
    int end = line.StartsWith("\"") ? line.IndexOf('"', 1) + 1 : line.IndexOf(' ');
    string arguments = end > 0 && end < line.Length ? line.Substring(end) : "";
    ProcessStartInfo start = new ProcessStartInfo(lines[0], "\"" + lines[1] + "\"" + arguments);
    start.UseShellExecute = false;
    for (int i = 2; i < lines.Length; i++)
    {
      int equals = lines[i].IndexOf('=');
      start.EnvironmentVariables[lines[i].Substring(0, equals)] = lines[i].Substring(equals + 1);
    }
    using (Process child = Process.Start(start))
    {
      child.WaitForExit();
      return child.ExitCode;
    }
  }
}
