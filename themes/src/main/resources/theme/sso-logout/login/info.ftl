<#import "logout-layout.ftl" as layout>
<#assign signedOut=(message.summary == msg("successLogout"))>
<#if signedOut>
<@layout.page heading=msg("signedOutTitle") icon="done">
  <#assign apps=(sso.apps)![]>
  <#assign home=skipLink???then("", pageRedirectUri!((client.baseUrl)!""))>
  <div id="kc-info-message">
    <#if apps?has_content>
    <p>${msg("signedOutApps")}</p>
    <@layout.apps names=apps mark="done"/>
    <#else>
    <p>${msg("signedOutText")}</p>
    </#if>
    <@layout.onward home=home/>
  </div>
</@layout.page>
<#else>
<#assign heading=messageHeader???then(msg(messageHeader!""), message.summary)>
<@layout.page heading=heading icon="info" flow=true>
  <div id="kc-info-message">
    <#if messageHeader?? || requiredActions??>
    <p>${message.summary}</p>
    </#if>
    <#if requiredActions??>
    <ul class="sso-apps" data-mark="none">
      <#list requiredActions as action>
      <li>${msg("requiredAction." + action)}</li>
      </#list>
    </ul>
    </#if>
    <#if !skipLink??>
    <div class="sso-actions">
      <#if pageRedirectUri?has_content>
      <@layout.link href=pageRedirectUri label=(client??)?then(msg("backToApp", layout.clientName()), msg("doContinue")) primary=true/>
      <#elseif actionUri?has_content>
      <@layout.link href=actionUri label=msg("doContinue") primary=true/>
      <#elseif (client.baseUrl)?has_content>
      <@layout.link href=client.baseUrl label=msg("backToApp", layout.clientName()) primary=true/>
      </#if>
    </div>
    </#if>
  </div>
</@layout.page>
</#if>
